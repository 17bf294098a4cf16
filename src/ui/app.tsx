import { Box, Text, useInput, usePaste, useWindowSize } from 'ink';
import { memo, type ReactElement, type ReactNode, useSyncExternalStore } from 'react';
import { frame } from './model/frame.ts';
import { ansiText } from './model/text/ansi.ts';
import type { Caps } from './model/text/caps.ts';
import type { UiContent, UiStore } from './ui-store.ts';

/** What the screen needs. */
export interface AppProps {
  readonly store: UiStore;
  readonly caps: Caps;
  /** Called for Ctrl-Z. */
  readonly onSuspend: () => void;
  /** Called when a frame could not be drawn; the screen shows nothing from then on. */
  readonly onCrash: (error: unknown) => void;
}

/** The live screen: one text a line, drawn again when a snapshot or key arrives or the size changes. */
export function App({ store, caps, onSuspend, onCrash }: AppProps): ReactElement {
  const content = useSyncExternalStore(store.subscribe, store.content);
  const { columns, rows } = useWindowSize();
  const lines = drawSafely(content, columns, rows, caps, onCrash);
  return (
    <Box flexDirection="column">
      {lines.map((text, row) => (
        // A line has no other identity than its place on the screen.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <ScreenLine key={row} text={text} />
      ))}
      {caps.keys ? <Keyboard store={store} onSuspend={onSuspend} /> : null}
    </Box>
  );
}

/** One line of the screen; it is not laid out again while it stays equal. */
const ScreenLine = memo(function ScreenLine({ text }: { readonly text: string }): ReactNode {
  return <Text wrap="truncate">{text}</Text>;
});

/** Listens to the keys; a component of its own, since Ink's hooks throw if stdin is no terminal. */
function Keyboard({ store, onSuspend }: Pick<AppProps, 'store' | 'onSuspend'>): ReactNode {
  useInput((input, key) => {
    if (key.ctrl && input === 'z') onSuspend();
    else store.takeKey(input, key);
  });
  usePaste((text) => store.takePaste(text));
  return null;
}

function drawSafely(
  { snapshot, state }: UiContent,
  columns: number,
  rows: number,
  caps: Caps,
  onCrash: AppProps['onCrash'],
): string[] {
  if (snapshot === null) return [' Connecting to the run …'];
  try {
    return frame(snapshot, state, columns, rows, caps).map(ansiText);
  } catch (error) {
    onCrash(error);
    return [];
  }
}
