// Files that a load file may import besides code; `.json` is TypeScript's own `resolveJsonModule`.

declare module '*.csv' {
  /** The file as text (UTF-8), as it was when the load file was bundled. */
  const text: string;
  // biome-ignore lint/style/noDefaultExport: a text file has nothing else, as esbuild bundles it
  export default text;
}

declare module '*.txt' {
  /** The file as text (UTF-8), as it was when the load file was bundled. */
  const text: string;
  // biome-ignore lint/style/noDefaultExport: a text file has nothing else, as esbuild bundles it
  export default text;
}
