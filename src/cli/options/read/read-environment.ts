import { nearestName } from '../../../base/nearest-name.ts';
import { laterOptionProblem } from '../table/not-yet.ts';
import { variableOf } from '../table/option-spec.ts';
import { CONFIGURABLE_OPTIONS, type KeyedOption } from '../table/option-table.ts';
import type { OptionKey } from '../table/option-values.ts';
import { quote } from '../table/quote.ts';
import type { GivenOption, OptionLayer } from './option-layer.ts';

/** Variables between katydid's own processes; nobody else sets them. */
const INTERNAL_PREFIX = 'KATYDID_INTERNAL_';

/**
 * What Kubernetes and Docker put into the environment where a service or link is called `katydid…`,
 * such as KATYDID_SERVICE_HOST and KATYDID_PORT=tcp://10.0.0.1:5557: none of it is meant for us.
 */
const SERVICE_NAME = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//;

const UNKNOWN = 'unknown environment variable';

const OPTION_BY_VARIABLE: ReadonlyMap<string, KeyedOption> = new Map(
  [...CONFIGURABLE_OPTIONS].map(([longName, option]) => [variableOf(longName), option]),
);

/**
 * The options that the environment sets by `KATYDID_…` variables; empty ones count as not set. One
 * that nobody knows is a problem, since a mistyped one would otherwise be passed over in silence.
 *
 * @param declared - Options of the load file.
 * @param ignoresStrangers - Whether to pass over names that resemble none of katydid's: they may be
 *   options of a load file that this command knows nothing of.
 */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  declared: readonly KeyedOption[] = [],
  ignoresStrangers = false,
): OptionLayer {
  const own = new Map(declared.map((option) => [variableOf(option.spec.long), option]));
  const given = new Map<OptionKey, GivenOption>();
  const problems: string[] = [];
  for (const name of Object.keys(env).sort()) {
    const text = env[name] ?? '';
    if (!isOurs(name, text)) continue;
    const option = OPTION_BY_VARIABLE.get(name) ?? own.get(name);
    if (option === undefined) {
      const problem = unknownProblem(name);
      if (!ignoresStrangers || !problem.startsWith(UNKNOWN) || problem.includes('did you mean')) {
        problems.push(problem);
      }
    }
    // An alias does not override the option's own name.
    else if (!given.has(option.key) || name === variableOf(option.spec.long)) {
      given.set(option.key, { label: name, texts: textsOf(option, text) });
    }
  }
  return { source: 'environment', given, problems };
}

function isOurs(name: string, text: string): boolean {
  if (!name.startsWith('KATYDID_') || name.startsWith(INTERNAL_PREFIX)) return false;
  if (text === '' || SERVICE_NAME.test(name)) return false;
  return !(name.endsWith('_PORT') && SERVICE_ADDRESS.test(text));
}

/** Several `K=V` are separated by commas, or are one JSON object where values have commas. */
function textsOf({ spec }: KeyedOption, text: string): readonly string[] {
  if (spec.kind !== 'pairs') return [text];
  if (!text.trim().startsWith('{')) return text.split(',');
  try {
    const parsed: unknown = JSON.parse(text);
    const entries = Object.entries(parsed ?? {});
    if (entries.some(([, value]) => typeof value === 'object')) return [text];
    return entries.map(([key, value]) => `${key}=${String(value)}`);
  } catch {
    // Not JSON after all: the option's own parser says what it wants.
    return [text];
  }
}

function unknownProblem(name: string): string {
  const longName = name.slice('KATYDID_'.length).toLowerCase().replaceAll('_', '-');
  const later = laterOptionProblem(`--${longName}`);
  if (later !== undefined) return `${name}: ${later}`;
  const nearest = nearestName(longName, CONFIGURABLE_OPTIONS.keys());
  const question = nearest === undefined ? '' : `: did you mean ${variableOf(nearest)}?`;
  const shown = /^\w{1,80}$/.test(name) ? name : quote(name);
  return `${UNKNOWN} ${shown}${question}`;
}
