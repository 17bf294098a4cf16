/**
 * Allowed imports between the folders of `src`, types included; anything not listed is forbidden.
 * Why it is so: docs/architecture.md, "Layers".
 */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  measure: ['base'],
  stats: ['base', 'measure'],
  load: ['base'],
  http: ['base', 'measure'],
  target: ['base'],
  script: ['base', 'measure', 'load', 'http'],
  protocol: ['base', 'stats', 'load'],
  store: ['base', 'stats'],
  report: ['base', 'measure', 'stats', 'store'],
  ui: ['base', 'stats'],
  worker: ['base', 'measure', 'stats', 'load', 'http', 'script', 'protocol'],
  master: ['base', 'stats', 'load', 'protocol', 'store'],
  cli: [
    'base',
    'measure',
    'stats',
    'load',
    'http',
    'target',
    'script',
    'protocol',
    'store',
    'report',
    'ui',
    'worker',
    'master',
  ],
};

/**
 * Allowed imports between the sub-folders of a layer; `.` is the layer's own root. A layer without
 * sub-folders is not listed. What each of them holds: docs/architecture.md, "Rooms".
 */
export const ROOMS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  stats: {
    bytes: [],
    snapshot: [],
    histogram: ['bytes'],
    interval: ['bytes', 'histogram'],
    recorder: ['bytes', 'histogram', 'interval'],
    verdict: ['interval'],
    aggregate: ['histogram', 'interval', 'recorder', 'snapshot', 'verdict'],
  },
  http: {
    exchange: [],
    user: ['exchange'],
    connection: ['exchange'],
    request: ['exchange', 'user'],
    raw: ['exchange', 'connection'],
    undici: ['exchange', 'connection'],
    '.': ['exchange', 'user', 'connection', 'request', 'raw', 'undici'],
  },
  script: {
    host: [],
    trace: [],
    user: ['host'],
    events: ['host', 'user'],
    model: ['user', 'trace'],
    run: ['host', 'user', 'events', 'model'],
    bundle: ['trace'],
    load: ['bundle', 'model', 'trace'],
  },
  protocol: {
    messages: [],
    channel: [],
    join: ['channel'],
    files: ['join', 'messages'],
  },
  store: {
    record: [],
    file: ['record'],
    folding: ['record', 'file'],
    read: ['record', 'file', 'folding'],
    history: ['record', 'folding', 'read'],
    write: ['record', 'file', 'folding', 'read', 'history'],
  },
  ui: {
    'model/text': [],
    'model/state': ['model/text'],
    'model/charts': ['model/text'],
    'model/keys': ['model/text', 'model/state'],
    'model/checks': ['model/text', 'model/state'],
    'model/views': ['model/text', 'model/state', 'model/charts', 'model/checks'],
    model: ['model/text', 'model/state', 'model/checks', 'model/views'],
    '.': ['model', 'model/text', 'model/state', 'model/keys', 'model/views'],
  },
  worker: {
    clock: [],
    script: [],
    users: ['script'],
    link: ['clock'],
    measure: ['clock', 'link'],
    '.': ['clock', 'script', 'users', 'link', 'measure'],
  },
  master: {
    door: [],
    fleet: [],
    record: ['fleet'],
    users: ['record'],
    run: ['fleet', 'record', 'users'],
    '.': ['door', 'fleet', 'record', 'users', 'run'],
  },
  cli: {
    process: [],
    'options/table': ['process'],
    'options/read': ['options/table'],
    parse: ['process', 'options/table', 'options/read'],
    loadfile: ['options/table', 'options/read', 'parse'],
    outputs: ['process', 'options/table'],
    screen: ['process'],
    session: ['process', 'options/table', 'options/read', 'parse', 'loadfile', 'outputs', 'screen'],
    trial: ['process', 'options/table', 'options/read', 'parse', 'loadfile', 'outputs', 'session'],
    commands: [
      'process',
      'options/table',
      'options/read',
      'parse',
      'loadfile',
      'outputs',
      'screen',
      'session',
      'trial',
    ],
    '.': ['process', 'parse', 'commands'],
  },
};

/** Files that a folder of `src` may hold before it needs rooms of its own. */
export const MAX_FILES_OF_FOLDER = 17;

/** What the package offers to load files is gathered by hand from these. */
export const PUBLIC_ENTRY = {
  path: 'src/index.ts',
  layers: ['base', 'measure', 'load', 'http', 'script'],
} as const;

/** Imports against the table, by file, and why. */
export const LAYER_EXCEPTIONS: Readonly<
  Record<string, { readonly path: string; readonly why: string }>
> = {
  'src/script/load/module-host.ts': {
    path: 'src/index.ts',
    why: "hands the public entry of the running katydid to load files, as their `import 'katydid'`",
  },
};

/** Packages and Node modules with a home: nothing else in `src` may import them. */
export interface Home {
  readonly modules: readonly string[];
  /** Folders (`src/http/`) and files. */
  readonly places: readonly string[];
  readonly why: string;
}

/** The homes of side effects. */
export const HOMES: readonly Home[] = [
  {
    modules: ['ws'],
    places: [
      'src/protocol/channel/ws-transport.ts',
      'src/protocol/join/dial-master.ts',
      'src/master/door/hub.ts',
      // Only the type.
      'src/cli/screen/attach.ts',
    ],
    why: 'everything else talks through Transport, so that clusters can be simulated in one process',
  },
  {
    modules: ['undici', 'tough-cookie', 'node:http2', 'node:https', 'node:dgram'],
    places: ['src/http/'],
    why: 'the HTTP client and its engines are the only ones that send load',
  },
  {
    modules: ['node:tls'],
    places: ['src/http/', 'src/protocol/join/master-socket.ts', 'src/master/door/front-door.ts'],
    why: 'TLS is for load, and for the two ends of the connection between master and workers',
  },
  {
    modules: ['node:net'],
    places: [
      'src/http/',
      'src/target/',
      'src/master/door/hub.ts',
      'src/master/door/front-door.ts',
      'src/protocol/join/master-socket.ts',
      'src/protocol/join/dial-master.ts',
      // Only isIP.
      'src/cli/options/table/value-parsers.ts',
    ],
    why: 'sockets belong to the HTTP client and the two servers',
  },
  {
    modules: ['node:http'],
    places: [
      'src/target/',
      'src/master/door/hub.ts',
      'src/master/door/front-door.ts',
      'src/master/door/gate.ts',
      // Only the type.
      'src/master/door/health.ts',
      'src/protocol/join/dial-master.ts',
    ],
    why: 'the only two servers are the target and the hub; workers and ctl come in by an HTTP upgrade',
  },
  {
    modules: ['ink', 'react', 'react/jsx-runtime'],
    places: ['src/ui/'],
    why: 'a worker must start without loading them',
  },
  {
    modules: ['string-width'],
    places: ['src/ui/', 'src/report/'],
    why: 'widths matter only where tables are drawn',
  },
  {
    modules: ['node:sqlite'],
    places: ['src/store/'],
    why: 'the run file has one reader and one writer',
  },
  {
    modules: ['node:fs', 'node:fs/promises'],
    places: ['src/store/', 'src/report/', 'src/cli/', 'src/script/'],
    why: 'files are the business of the run file, the reports, the commands and the script loader',
  },
  {
    modules: ['node:child_process'],
    places: ['src/cli/'],
    why: 'which processes there are is decided where the command line is carried out',
  },
  {
    modules: ['node:worker_threads'],
    places: ['src/store/', 'src/worker/'],
    why: 'there are two threads beside the main ones: the run file writer and the worker link',
  },
  {
    modules: ['zod'],
    places: ['src/protocol/'],
    why: 'messages are checked once, where they come in',
  },
  {
    modules: ['esbuild'],
    places: ['src/script/', 'src/cli/parse/config-file.ts'],
    why: 'load files are bundled in one place',
  },
];

/** Words of the language or of Node that read a clock or start a timer, and the files that may. */
export const CLOCK_WORDS =
  /\b(?:Date\.now|new Date\(\)|Date\(\)|performance|setTimeout|setInterval|setImmediate|hrtime)\b/;

/** Files besides base/clock.ts that may use one of `CLOCK_WORDS`, and why. */
export const CLOCK_HOMES: Readonly<Record<string, string>> = {
  'src/base/clock.ts': 'the home of time',
  'src/worker/measure/self-monitor.ts': 'reads the event-loop utilisation, which is no clock',
  'src/worker/clock/alarm.ts': 'lets the event loop turn once; waits for no time',
  'src/script/run/loop-turn.ts': 'lets the event loop turn once; waits for no time',
  'src/http/connection/network-turn.ts': 'lets the event loop turn; waits for no time',
};

/** What reaches out of the process. */
export const PROCESS_WORDS = /\bprocess\.(?:env|exit)\b|\bconsole\b/;

/** Files outside of `src/cli` that may use one of `PROCESS_WORDS`, and why. */
export const PROCESS_HOMES: Readonly<Record<string, string>> = {
  'src/script/trace/console-capture.ts':
    "takes the script's console away, so that it goes to the log",
};

/** Files that may be longer than `MAX_LINES`, up to a limit of their own, and why. */
export const LONG_FILES: Readonly<
  Record<string, { readonly lines: number; readonly why: string }>
> = {};

/** Lines of a file, above which it is taken apart. */
export const MAX_LINES = 500;

/** Packages and folders that a worker process must not load before its script asks for them. */
export const NOT_IN_A_WORKER: readonly string[] = [
  'ink',
  'react',
  'esbuild',
  'node:sqlite',
  'src/ui/',
  'src/store/',
  'src/report/',
  'src/master/',
  'src/target/',
];
