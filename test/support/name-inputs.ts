import fc from 'fast-check';
import type { NameInput } from '../unit/store/run-fixtures.ts';

const times = fc.array(fc.nat(5_000_000), { maxLength: 4 });

/** What a worker may have counted of one of a few names in one second. */
export const nameInputs: fc.Arbitrary<NameInput> = fc.record({
  name: fc.constantFrom('/', '/a', '/b'),
  method: fc.constantFrom('GET', 'POST'),
  succeededUs: times,
  failedUs: times,
  redirected: fc.nat(2),
  abandoned: fc.nat(2),
  inFlight: fc.nat(3),
});
