/** Set in the environment of a master whose terminal UI is the process that started it. */
export const UI_CHILD_VARIABLE = 'KATYDID_INTERNAL_UI_CHILD';

/** Stands in a join command for a token that the master made, until a person is shown it. */
export const TOKEN_PLACE = '<token>';

/** What a master tells the UI process that started it. */
export interface UiChildMessage {
  readonly type: 'listening';
  /** `ws://host:port` of the control API. */
  readonly url: string;
  readonly token: string;
}

/** The terminal UI's process, as the master that it started sees it. */
export interface ParentUi {
  /** The control API may be reached now. */
  listening(url: string, token: string): void;
  /** Calls back once the UI's process is gone, whatever happened to it. */
  onGone(callback: () => void): void;
  /** Lets this process end although the UI is still there. */
  release(): void;
}

/** The UI that started this process; `undefined` where none did. */
export function parentUi(): ParentUi | undefined {
  if (process.env[UI_CHILD_VARIABLE] !== '1' || process.send === undefined) return undefined;
  return {
    listening: (url, token) =>
      process.send?.({ type: 'listening', url, token } satisfies UiChildMessage),
    onGone: (callback) => {
      process.once('disconnect', callback);
    },
    release: () => {
      process.removeAllListeners('disconnect');
      if (process.connected) process.disconnect?.();
    },
  };
}
