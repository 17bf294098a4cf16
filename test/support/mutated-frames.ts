import type { SeededRandom } from '../../src/base/random.ts';
import type { Frame } from './tapped-transport.ts';

/** Values that a careless check lets through, or stumbles over. */
const ODD_VALUES: readonly unknown[] = [
  ...[0, -1, 0.5, 1, 2, 1000, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308, -1e308],
  ...[null, true, '', 'x', '__proto__', '\u0000\u001b[2J', '😀'.repeat(300), [], {}, [[[]]]],
  ...[{ __proto__: null, constructor: 1 }, { type: 'ready' }, { type: 'finished' }],
];

/** A message that was spoilt in one place: a value, a byte, or its length. */
export function mutatedFrame(frame: Frame, random: SeededRandom): Frame {
  if (typeof frame !== 'string') return mutatedBytes(frame, random);
  if (random.next() < 0.75) return mutatedJson(frame, random);
  const bytes = mutatedBytes(new TextEncoder().encode(frame), random);
  return new TextDecoder().decode(bytes);
}

function mutatedJson(text: string, random: SeededRandom): string {
  const places = (text.match(/[[{:,]/g)?.length ?? 0) + 1;
  const wanted = Math.floor(random.next() * places);
  const odd = ODD_VALUES[Math.floor(random.next() * ODD_VALUES.length)];
  let place = -1;
  return JSON.stringify(JSON.parse(text), (_key, value: unknown) => {
    place += 1;
    return place === wanted ? odd : value;
  });
}

function mutatedBytes(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const at = Math.floor(random.next() * bytes.length);
  const kind = random.next();
  if (kind < 0.15) return bytes.slice(0, at);
  if (kind < 0.3) return new Uint8Array([...bytes, ...bytes.subarray(at)]);
  const spoilt = bytes.slice();
  const count = kind < 0.8 ? 1 : 8;
  for (let each = 0; each < count; each += 1) {
    // Headers and counts stand at the beginning.
    const limit = random.next() < 0.5 ? Math.min(40, bytes.length) : bytes.length;
    spoilt[Math.floor(random.next() * limit)] = Math.floor(random.next() * 256);
  }
  return spoilt;
}
