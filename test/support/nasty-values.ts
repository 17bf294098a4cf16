/** An error that lets nobody look at it. */
export class ThrowingError extends Error {
  override get name(): string {
    throw new TypeError('no name');
  }
  override get message(): string {
    throw new TypeError('no message');
  }
  override get stack(): string {
    throw new TypeError('no stack');
  }
  override get cause(): unknown {
    throw new TypeError('no cause');
  }
  get code(): string {
    throw new TypeError('no code');
  }
}

const circular: { self?: unknown } = {};
circular.self = circular;

function refuse(): never {
  throw new TypeError('a trap');
}

/** An error whose message is no text. */
function withMessage(message: unknown): Error {
  return Object.defineProperty(new Error('text'), 'message', { value: message });
}

/** What a hostile script may throw, or hand over where a text or plain data is wanted; by what it is. */
export const NASTY_VALUES: Readonly<Record<string, unknown>> = {
  'an error of throwing getters': new ThrowingError(),
  'a circular object': circular,
  'an object without a prototype': Object.create(null),
  'a proxy of throwing traps': new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse }),
  'an object that is no text': { toString: refuse, [Symbol.toPrimitive]: refuse },
  'an object that cannot be inspected': { [Symbol.for('nodejs.util.inspect.custom')]: refuse },
  'an error whose message is an object': withMessage({ a: 1 }),
  'an error whose message is a symbol': withMessage(Symbol('message')),
  'a frozen error': Object.freeze(new Error('frozen')),
  'an aggregate of such': new AggregateError([new ThrowingError(), circular], 'several'),
  'an error with a message of 1 MB': new Error('é'.repeat(1024 * 1024)),
  'an error that is its own cause': selfCaused(),
  null: null,
  undefined: undefined,
  zero: 0,
  'a symbol': Symbol('thrown'),
  'a bigint': 10n,
  'a function': refuse,
};

function selfCaused(): Error {
  const error = new Error('chicken');
  error.cause = new Error('egg', { cause: error });
  return error;
}
