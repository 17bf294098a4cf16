const CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)[^/?#\s"'<>`]*@/gi;

/**
 * A text whose URLs name neither user nor password: `http://ada:pw@host/` becomes `http://host/`. For all
 * that is shown or stored; the URL itself is only for whoever connects.
 */
export function withoutCredentials(text: string): string {
  // Most texts have none, and a search for one character is cheap.
  return text.includes('@') ? text.replaceAll(CREDENTIALS, '$1') : text;
}
