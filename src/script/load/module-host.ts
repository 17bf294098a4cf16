import { createRequire, registerHooks } from 'node:module';
import * as publicApi from '../../index.ts';

const API_URL = 'katydid:api';
const IMPORTER_URL = 'katydid:importer';
const API_KEY = Symbol.for('katydid.api');

/** Code of the modules that exist in memory only, by URL. */
const virtualModules = new Map<string, string>();
let importVirtual: ((url: string) => Promise<Readonly<Record<string, unknown>>>) | undefined;

/**
 * Imports `code` as if it stood in the file that `url` names, which need not exist. Its `katydid` is
 * this very copy of the package.
 *
 * @param url - A `file:` URL that was not imported before in this process.
 * @returns What the module exports.
 */
export async function importCode(
  url: string,
  code: string,
): Promise<Readonly<Record<string, unknown>>> {
  importVirtual ??= install();
  virtualModules.set(url, code);
  try {
    return await importVirtual(url);
  } finally {
    virtualModules.delete(url);
  }
}

/** Installs a hook in the module loader of this process, once. */
function install(): (url: string) => Promise<Readonly<Record<string, unknown>>> {
  // Only something global can hand an object to a module. A module that imported index.js by its path would
  // get a second copy wherever katydid itself was not loaded from there.
  Object.defineProperty(globalThis, API_KEY, { value: publicApi, configurable: true });
  virtualModules.set(API_URL, apiSource());
  // Node's own `import()`, also where a tool transformed this file and brings another one.
  virtualModules.set(IMPORTER_URL, 'export const importUrl = (url) => import(url);');
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const url = specifier === 'katydid' ? API_URL : specifier;
      if (!virtualModules.has(url)) return nextResolve(specifier, context);
      return { url, format: 'module', shortCircuit: true };
    },
    load(url, context, nextLoad) {
      const source = virtualModules.get(url);
      if (source === undefined) return nextLoad(url, context);
      return { format: 'module', source, shortCircuit: true };
    },
  });
  const importer: { importUrl: (url: string) => Promise<Readonly<Record<string, unknown>>> } =
    createRequire(import.meta.url)(IMPORTER_URL);
  return importer.importUrl;
}

function apiSource(): string {
  const exports = Object.keys(publicApi).map((name) => `export const ${name} = api.${name};`);
  return `const api = globalThis[Symbol.for('katydid.api')];\n${exports.join('\n')}\n`;
}

/** Names that `import { … } from 'katydid'` may ask for. */
export function publicNames(): readonly string[] {
  return Object.keys(publicApi);
}
