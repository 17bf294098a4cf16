import { ROOMS } from './rules.ts';

/** One line of the table "Rooms" of docs/architecture.md. */
export interface RoomRow {
  /** From `src`, as `http/raw`; `http/*` is for the files directly in a layer. */
  readonly room: string;
  /** What the room may import of its own layer, as the document names it. */
  readonly imports: readonly string[];
}

/** The rows that the document must have, in the order of the layers and rooms of the rules. */
export function wantedRoomRows(): readonly RoomRow[] {
  return Object.entries(ROOMS).flatMap(([layer, rooms]) =>
    Object.entries(rooms).map(([room, imports]) => ({
      room: room === '.' ? `${layer}/*` : `${layer}/${room}`,
      imports,
    })),
  );
}

/** The rows that stand in the document. */
export function roomRowsOf(document: string): readonly RoomRow[] {
  const [, section = ''] = document.split(/^## Rooms$/m);
  const [own = ''] = section.split(/^## /m);
  return own
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, room = '']) => room.startsWith('`'))
    .map(([, room = '', , imports = '']) => ({
      room: room.replaceAll('`', ''),
      imports: [...imports.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    }));
}

/** The document with what each of its rooms may import as the rules have it. */
export function withRoomImports(document: string): string {
  const wanted = new Map(wantedRoomRows().map(({ room, imports }) => [room, imports]));
  return document.replaceAll(
    /^(\| `([^`]+)` \|[^|]*\|)[^|]*\|$/gm,
    (line, head: string, room: string) => {
      const imports = wanted.get(room);
      if (imports === undefined) return line;
      return `${head} ${imports.map((name) => `\`${name}\` `).join('')}|`;
    },
  );
}
