/**
 * A text of at most `maxChars` UTF-16 units; what was cut off shows as a final `…`.
 *
 * Texts of statistics (names, errors) come from scripts and servers, so each has a limit.
 */
export function cutText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  // toWellFormed: the cut may go through a pair of surrogates.
  const cut = `${text.slice(0, maxChars - 1).toWellFormed()}…`;
  // By way of bytes: a slice would keep the whole text alive, a megabyte for each short message.
  return Buffer.from(cut, 'utf16le').toString('utf16le');
}
