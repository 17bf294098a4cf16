/**
 * Which bytes may stand where in the head of an answer, by RFC 9110; 1 for those that may. Tables, since
 * every byte of every head that was not seen before is looked up in one.
 */

function tableOf(isAllowed: (code: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (isAllowed(code) ? 1 : 0));
}

/** In the name of a header: letters, digits and a few signs. */
export const TOKEN_BYTES: Uint8Array = tableOf((code) =>
  /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(code)),
);

/** In the value of a header and in a reason phrase: everything but control characters; `obs-text` too. */
export const TEXT_BYTES: Uint8Array = tableOf(
  (code) => code === 0x09 || (code >= 0x20 && code !== 0x7f),
);

/** The value of a hexadecimal digit; 255 for any other byte. */
export const HEX_VALUES: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? 255 : value;
});

/** Whether `bytes` have `name` at `from`, in any case. `name` is in lower case, of letters and dashes. */
export function isNameAt(bytes: Uint8Array, from: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    // Setting this bit turns capitals into small letters and leaves a dash alone.
    if (((bytes[from + index] ?? 0) | 0x20) !== name.charCodeAt(index)) return false;
  }
  return true;
}
