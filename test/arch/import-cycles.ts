import type { SourceFile } from './source-files.ts';

/**
 * Sets of files that import each other, by Tarjan's algorithm; types count, `import()` does not.
 */
export function importCycles(files: readonly SourceFile[]): readonly (readonly string[])[] {
  const graph = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.flatMap(({ kind, path: target }) =>
        kind === 'lazy' || target === undefined ? [] : [target],
      ),
    ]),
  );
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const lowOf = (path: string): number => low.get(path) ?? 0;
  const visit = (path: string): void => {
    order.set(path, order.size);
    low.set(path, order.size - 1);
    stack.push(path);
    for (const target of graph.get(path) ?? []) {
      if (!graph.has(target)) continue;
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) low.set(path, Math.min(lowOf(path), lowOf(target)));
    }
    if (lowOf(path) !== order.get(path)) return;
    const members = stack.splice(stack.indexOf(path));
    const isSelf = graph.get(path)?.includes(path) ?? false;
    if (members.length > 1 || isSelf) cycles.push(members.sort());
  };
  for (const path of graph.keys()) if (!order.has(path)) visit(path);
  return cycles;
}
