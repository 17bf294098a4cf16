/**
 * The cookies that `Set-Cookie` lines name, name to value as written (quotes taken off); of several
 * with one name the last. Attributes are not looked at.
 */
export function cookieValues(lines: readonly string[]): Readonly<Record<string, string>> {
  const values: [string, string][] = [];
  for (const line of lines) {
    const [pair = ''] = line.split(';', 1);
    const equals = pair.indexOf('=');
    if (equals <= 0) continue;
    const value = pair.slice(equals + 1).trim();
    const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"');
    values.push([pair.slice(0, equals).trim(), isQuoted ? value.slice(1, -1) : value]);
  }
  return Object.fromEntries(values);
}
