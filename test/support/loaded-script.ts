import { bundleScript } from '../../src/script/bundle/bundle.ts';
import { type LoadScriptOptions, loadScript } from '../../src/script/load/load-script.ts';
import type { ScriptModel } from '../../src/script/model/script-model.ts';
import { TempFolder } from './temp-folder.ts';

/** Bundles and loads `text` as a load file, by way of a folder that is gone when this returns. */
export async function loadedScript(
  text: string,
  options: LoadScriptOptions & { readonly fileName?: string } = {},
): Promise<ScriptModel> {
  using folder = new TempFolder();
  const bundle = await bundleScript(folder.write(options.fileName ?? 'loadfile.ts', text));
  folder.remove();
  return loadScript(bundle, options);
}

/** The message with which loading `text` fails. */
export async function loadFailure(text: string, options?: LoadScriptOptions): Promise<string> {
  const thrown: unknown = await loadedScript(text, options).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Error)) throw new Error('the script loaded');
  const hint = 'hint' in thrown && typeof thrown.hint === 'string' ? `\n${thrown.hint}` : '';
  return thrown.message + hint;
}
