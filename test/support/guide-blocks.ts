import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A block of TypeScript in a document. */
export interface GuideBlock {
  /** Of the document, and the line that the block begins at, as in `load-file.md:12`. */
  readonly place: string;
  readonly code: string;
  /** Options of `katydid run` where its first line says `// run …`; `undefined` where it does not. */
  readonly args: readonly string[] | undefined;
}

/** What a document of `docs/` has in it. */
export interface Guide {
  readonly blocks: readonly GuideBlock[];
  /** Contents by name, of the blocks that begin with the language and a file name. */
  readonly files: ReadonlyMap<string, string>;
}

/** Reads a document of `docs/`. */
export function readGuide(name: string): Guide {
  const path = fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
  const text = readFileSync(path, 'utf8');
  const blocks: GuideBlock[] = [];
  const files = new Map<string, string>();
  for (const found of text.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)) {
    const [, language, file, code = ''] = found;
    if (file !== undefined) files.set(file, code);
    if (file !== undefined || language !== 'ts') continue;
    const line = text.slice(0, found.index).split('\n').length;
    const options = /^\/\/ run\b(.*)\n/.exec(code)?.[1];
    const args = options?.split(' ').filter((word) => word !== '');
    blocks.push({ place: `${basename(path)}:${line}`, code, args });
  }
  return { blocks, files };
}
