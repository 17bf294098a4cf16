import { dirname } from 'node:path';
import { InternalError } from '../../base/errors.ts';
import { DataFiles } from '../bundle/data-files.ts';
import type { ScriptBundle } from '../bundle/script-bundle.ts';

const PLACE_KEY = Symbol.for('katydid.dataFolderUrl');

/** Data files of the scripts loaded in this process, by the URL that each was loaded as. */
const filesByUrl = new Map<string, DataFiles>();

/** Lets a bundle that is about to be loaded as `url` find its data files. */
export function provideDataFiles(url: string, bundle: ScriptBundle): void {
  if (bundle.files.length === 0) return;
  filesByUrl.set(url, new DataFiles(dirname(bundle.path), bundle.files));
  // A global hands this function to the code of a bundle, which imports only katydid's public names.
  Object.defineProperty(globalThis, PLACE_KEY, { value: folderUrl, configurable: true });
}

function folderUrl(url: string, from: string): string {
  const files = filesByUrl.get(url);
  if (files === undefined) throw new InternalError(`no data files are known for ${url}`);
  return files.baseUrl(from);
}
