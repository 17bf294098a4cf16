import { ScriptError } from '../../base/errors.ts';

/** What the decorators said about one member of a class. */
export interface DeclaredMember {
  readonly name: string | symbol;
  readonly isStatic: boolean;
  /** The method itself; `undefined` for a field, whose value exists only later. */
  readonly method: unknown;
  /** By `@task`; `undefined` where the member is no task. */
  weight: number | undefined;
  readonly tags: string[];
  /** By `@transition`: names of following tasks and their weights. */
  readonly transitions: Map<string, number>;
}

interface Declarations {
  readonly members: DeclaredMember[];
  readonly classTags: string[];
}

/** The part of a standard decorator's context that is needed here; all contexts have it. */
export interface DecoratedContext {
  readonly kind: string;
  readonly name?: string | symbol | undefined;
  readonly static?: boolean;
  readonly private?: boolean;
  readonly metadata: object;
}

// Node has no `Symbol.metadata` yet; esbuild's decorators fall back to the same registered symbol.
const METADATA: symbol = Symbol.metadata ?? Symbol.for('Symbol.metadata');
const DECLARATIONS = Symbol.for('katydid.declarations');

/** The record of the member that a decorator stands on; decorators on one member share it. */
export function declareMember(
  decorator: string,
  value: unknown,
  context: DecoratedContext,
): DeclaredMember {
  const place = placeOf(decorator, context);
  const { members } = ownDeclarations(context.metadata);
  const { name = '' } = context;
  const isStatic = context.static === true;
  const known = members.find((member) => member.name === name && member.isStatic === isStatic);
  if (known !== undefined) return known;
  if (context.kind === 'method' && isStatic) {
    throw new ScriptError(`${place}: a static method has no user; leave out \`static\``);
  }
  if (context.kind === 'field' && !isStatic) {
    throw new ScriptError(
      `${place}: a field cannot be a task; write a method, as in \`async ${String(name)}() {…}\``,
    );
  }
  if (context.kind !== 'method' && context.kind !== 'field') {
    throw new ScriptError(
      `${place}: expected a method or a static task set, found a ${context.kind}`,
    );
  }
  const member: DeclaredMember = {
    name,
    isStatic,
    method: value,
    weight: undefined,
    tags: [],
    transitions: new Map(),
  };
  members.push(member);
  return member;
}

/** Tags the class that a decorator stands on. */
export function declareClassTags(context: DecoratedContext, tags: readonly string[]): void {
  ownDeclarations(context.metadata).classTags.push(...tags);
}

/** What was declared on the members of `declaringClass` itself, in the order in which it happened. */
export function declaredMembers(declaringClass: object): readonly DeclaredMember[] {
  return declarationsOf(declaringClass)?.members ?? [];
}

/** Tags that stand on `declaringClass` itself as decorators. */
export function declaredClassTags(declaringClass: object): readonly string[] {
  return declarationsOf(declaringClass)?.classTags ?? [];
}

function placeOf(decorator: string, context: DecoratedContext): string {
  // Legacy decorators are called with (prototype, name, descriptor).
  if (typeof context !== 'object' || context === null) {
    throw new ScriptError(`@${decorator}: this code was compiled with legacy decorators`, {
      hint: 'Compile it without `experimentalDecorators`.',
    });
  }
  return `@${decorator} on ${String(context.name ?? 'a class')}`;
}

function ownDeclarations(metadata: object): Declarations {
  const own = Object.getOwnPropertyDescriptor(metadata, DECLARATIONS)?.value;
  // Only this function writes the property. A subclass's metadata inherits from its base's, which
  // must stay as it is: hence own properties only.
  if (own !== undefined) return own as Declarations;
  const made: Declarations = { members: [], classTags: [] };
  Object.defineProperty(metadata, DECLARATIONS, { value: made });
  return made;
}

function declarationsOf(declaringClass: object): Declarations | undefined {
  const metadata: unknown = Object.getOwnPropertyDescriptor(declaringClass, METADATA)?.value;
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  // Only `ownDeclarations` writes the property.
  return Object.getOwnPropertyDescriptor(metadata, DECLARATIONS)?.value as Declarations | undefined;
}
