/**
 * A text of at most `maxChars` UTF-16 units; what was cut off shows as a final `…`.
 *
 * Texts of statistics (names, errors) come from scripts and servers, so each has a limit.
 */
export function cutText(text: string, maxChars: number): string {
  // toWellFormed: the cut may go through a pair of surrogates.
  return text.length <= maxChars ? text : `${text.slice(0, maxChars - 1).toWellFormed()}…`;
}
