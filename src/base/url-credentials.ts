const CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)[^/?#\s"'<>`]*@/gi;

/**
 * A text whose URLs name neither user nor password: `http://ada:pw@host/` becomes `http://host/`. Use it for
 * everything that is shown or stored; only the code that connects needs the URL itself.
 */
export function withoutCredentials(text: string): string {
  // Most texts have none, and a search for one character is cheap.
  return text.includes('@') ? text.replaceAll(CREDENTIALS, '$1') : text;
}
