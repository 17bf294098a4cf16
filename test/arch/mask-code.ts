/** Characters after which a slash begins a regular expression and not a division. */
const BEFORE_REGEX =
  /[(,=:[!&|?{};+\-*%<>~^]$|\b(?:return|typeof|case|in|of|await|yield|throw)$|^$/;

/**
 * The source with everything that is not code blanked out: comments, and what stands inside of
 * strings, templates and regular expressions. Every character keeps its place, so that what is found
 * here can be read there; quotes stay. (TypeScript 7 offers no parser to programs.)
 */
export function maskCode(source: string): string {
  const out = [...source];
  /** Depth of braces at which each open `${` of a template ends. */
  const templates: number[] = [];
  let depth = 0;
  let code = '';
  let at = 0;
  const blank = (from: number, to: number): void => {
    for (let index = from; index < to; index += 1) if (out[index] !== '\n') out[index] = ' ';
  };
  const skip = (end: number): void => {
    blank(at, end);
    at = end;
  };
  const template = (): void => {
    const from = at;
    while (at < source.length && source[at] !== '`' && !source.startsWith('${', at)) {
      at += source[at] === '\\' ? 2 : 1;
    }
    blank(from, at);
    if (source[at] === '`') at += 1;
    else {
      templates.push(depth);
      at += 2;
      depth += 1;
    }
    code = ')';
  };
  while (at < source.length) {
    const char = source[at] ?? '';
    if (source.startsWith('//', at)) skip(endOf(source, '\n', at));
    else if (source.startsWith('/*', at)) skip(endOf(source, '*/', at + 2) + 2);
    else if (char === "'" || char === '"') {
      const end = stringEnd(source, at);
      blank(at + 1, end);
      at = end + 1;
      code = ')';
    } else if (char === '`') {
      at += 1;
      template();
    } else if (char === '/' && BEFORE_REGEX.test(code)) {
      skip(regexEnd(source, at));
      code = ')';
    } else {
      if (char === '{') depth += 1;
      if (char === '}') depth -= 1;
      at += 1;
      if (char === '}' && templates.at(-1) === depth) {
        templates.pop();
        template();
      } else if (char.trim() !== '') code = `${code}${char}`.slice(-12);
      else if (/\w$/.test(code)) code = `${code} `.trimEnd();
    }
  }
  return out.join('');
}

function endOf(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from);
  return found === -1 ? source.length : found;
}

/** Index of the closing quote; a string that is not closed ends with its line. */
function stringEnd(source: string, open: number): number {
  for (let at = open + 1; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === source[open] || source[at] === '\n') return at;
  }
  return source.length;
}

/** Index after the closing slash and the flags. */
function regexEnd(source: string, open: number): number {
  let isClass = false;
  for (let at = open + 1; at < source.length; at += 1) {
    const char = source[at];
    if (char === '\\') at += 1;
    else if (char === '[') isClass = true;
    else if (char === ']') isClass = false;
    else if (char === '\n') return open + 1;
    else if (char === '/' && !isClass) {
      const flags = /^[a-z]*/.exec(source.slice(at + 1, at + 10))?.[0] ?? '';
      return at + 1 + flags.length;
    }
  }
  return open + 1;
}
