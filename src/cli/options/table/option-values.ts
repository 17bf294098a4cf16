import type { LogOptions } from '../../process/log.ts';

/** How much load, for how long. */
export interface LoadOptions {
  /** Peak number of users, 1 to 1,000,000. */
  readonly users: number;
  /** Users started or stopped per second, above 0; may be a fraction. */
  readonly spawnRate: number;
  /** Seconds above 0, from the first user's start; `undefined`: until stopped. */
  readonly runTimeSeconds: number | undefined;
  /** Integer from 0 to 2^53 - 1; `undefined`: one is to be made from the clock. */
  readonly seed: number | undefined;
}

/** How a run that is under way behaves. */
export interface RunningOptions {
  /** Seconds from 0 that running iterations are waited for. */
  readonly stopTimeoutSeconds: number;
  readonly resetStats: boolean;
}

/** What the users do, and to whom. */
export interface ScriptOptions {
  /** Base URL of the system under test; `undefined`: each class's own. */
  readonly host: string | undefined;
  /** As given with `-f`; the load file that counts is in the invocation. */
  readonly loadfile: string | undefined;
  /** Empty: all tasks. */
  readonly tags: readonly string[];
  readonly excludeTags: readonly string[];
  /** Environment variables of the script, on the master and on every worker. */
  readonly scriptEnv: Readonly<Record<string, string>>;
  /** Texts by `Class.attribute`: static attributes of the script's classes. */
  readonly settings: Readonly<Record<string, string>>;
}

/** How the users talk HTTP; `undefined` and empty: as each class says. */
export interface HttpClientOptions {
  readonly httpEngine: 'auto' | 'raw' | 'undici';
  /** Seconds from 0; 0: no end. */
  readonly timeoutSeconds: number | undefined;
  /** Seconds from 0; 0: as long as the request may take. */
  readonly connectTimeoutSeconds: number | undefined;
  readonly maxRedirects: number | undefined;
  /** Largest body of an answer, in bytes; `undefined`: as the class says. */
  readonly maxBodyBytes: number | undefined;
  readonly insecure: boolean;
  /** Names of PEM files. */
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly http2: boolean;
  /** A URL; empty: none, whatever the environment says. */
  readonly proxy: string | undefined;
  readonly noKeepalive: boolean;
  /** Seconds above 0. */
  readonly keepAliveIdleSeconds: number | undefined;
  readonly dns: 'user' | 'run' | undefined;
  /** Each `HOST:PORT:HOST2:PORT2`. */
  readonly connectTo: readonly string[];
  /** IP addresses. */
  readonly localAddresses: readonly string[];
  readonly unixSocket: string | undefined;
}

/** The requests of a run without a load file. */
export interface UrlOptions {
  /** In capitals; `undefined`: GET, or POST with a body. */
  readonly method: string | undefined;
  /** Name and value of each, in the order given. */
  readonly headers: readonly (readonly [string, string])[];
  /** The body, or `@` and the name of its file. */
  readonly data: string | undefined;
  /** A file of targets; `undefined`: the URL of the command line. */
  readonly targetsFile: string | undefined;
}

/** A run that ends by count. */
export interface IterationsOption {
  /** Iterations of all users together, at least 1; `undefined`: no end by count. */
  readonly iterations: number | undefined;
}

/** How much of each exchange a trial shows: a line, headers and timings too, or bodies too. */
export type TraceDetail = 'off' | 'headers' | 'bodies';

/** Trying a script out. */
export interface TrialOptions {
  /** One user of each class and each task once, in place of a run. */
  readonly once: boolean;
  readonly trace: TraceDetail;
}

/** The views that a finished or crashed run can be given. */
export interface ViewOptions {
  /** What the four CSV files' names begin with, folder included. */
  readonly csvPrefix: string | undefined;
  readonly csvFullHistory: boolean;
  /** A file, or `-` for standard output. */
  readonly jsonFile: string | undefined;
}

/** What a run shows, keeps and answers with. */
export interface OutputOptions extends ViewOptions {
  /** `undefined`: headless where standard output is no terminal. */
  readonly headless: boolean | undefined;
  /** Seconds between progress lines; 0: none. */
  readonly progressSeconds: number;
  readonly onlySummary: boolean;
  /** The run file; `undefined`: `runs/<started>-<id>.katydid`. */
  readonly outFile: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Exit status where any request failed, 0 to 255. */
  readonly exitCodeOnError: number;
  readonly strict: boolean;
}

/** The join token, given at most one way once the invocation is made. */
export interface TokenOptions {
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
}

/** Where a master listens, and how patient it is with its workers. */
export interface ListenOptions extends TokenOptions {
  readonly bind: string;
  /** 0: any free port. */
  readonly port: number;
  readonly noTls: boolean;
  readonly lateAfterSeconds: number;
  /** More than `lateAfterSeconds`. */
  readonly lostAfterSeconds: number;
  /** How long a run without any worker waits for one, in seconds from 0. */
  readonly workerWaitSeconds: number;
  /** Whether a worker that joins later takes over users. */
  readonly rebalance: boolean;
}

/** How a worker behaves without its master; seconds. */
export interface LeaseOptions {
  readonly orphanTimeoutSeconds: number;
  readonly rejoinTimeoutSeconds: number;
  readonly joinTimeoutSeconds: number;
}

/** Local worker processes; see `workerCount` for what `auto` comes to. */
export interface WorkersOption {
  readonly workers: number | 'auto';
}

/** Options of `katydid run`, and of `katydid demo`, which offers fewer of them. */
export interface RunOptions
  extends LoadOptions,
    RunningOptions,
    ScriptOptions,
    UrlOptions,
    HttpClientOptions,
    IterationsOption,
    TrialOptions,
    OutputOptions,
    LogOptions,
    ListenOptions,
    LeaseOptions,
    WorkersOption {}

/** Options of `katydid master`. */
export interface MasterOptions
  extends LoadOptions,
    RunningOptions,
    ScriptOptions,
    UrlOptions,
    HttpClientOptions,
    IterationsOption,
    OutputOptions,
    LogOptions,
    ListenOptions {
  /** Start once so many workers have joined. */
  readonly expectWorkers: number;
  /** Seconds after which the master gives up waiting for them; `undefined`: never. */
  readonly expectWorkersMaxWaitSeconds: number | undefined;
  /** The file of a run to carry on; `undefined`: a new run. */
  readonly resumeFile: string | undefined;
}

/** Options of `katydid worker`; one of `token` and `tokenFile` is set. */
export interface WorkerOptions extends TokenOptions, LeaseOptions, LogOptions {
  /** SHA-256 of scripts that may be run, in lower-case hex; empty: any. */
  readonly allowedScripts: readonly string[];
  /** `ws://host:port` or `wss://host:port`, the port always there. */
  readonly masterUrl: string;
}

/** Options of `katydid plan`. */
export interface PlanOptions extends LoadOptions, ScriptOptions, WorkersOption, LogOptions {
  /** Print the plan, or the list, as JSON. */
  readonly asJson: boolean;
  /** Print what the load file has in place of a plan. */
  readonly asList: boolean;
}

/** Options of `katydid report`. */
export interface ReportOptions extends ViewOptions, LogOptions {
  /** Names of salvage files to add to the run first. */
  readonly mergeFiles: readonly string[];
}

/** Options of `katydid target`. */
export interface TargetOptions {
  readonly bind: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Options of `katydid ctl`. */
export interface CtlOptions extends TokenOptions {
  /** `ws://host:port` or `wss://host:port`, the port always there. */
  readonly masterUrl: string;
  /** What counts is whether it was given; see `CtlAction`. */
  readonly spawnRate: number;
  /** Answer in JSON. */
  readonly asJson: boolean;
}

/** Options of `katydid init`. */
export interface InitOptions {
  /** Write over files that exist. */
  readonly force: boolean;
}

/** The options of each command. */
export interface CommandOptions {
  readonly run: RunOptions;
  readonly master: MasterOptions;
  readonly worker: WorkerOptions;
  readonly plan: PlanOptions;
  readonly report: ReportOptions;
  readonly target: TargetOptions;
  readonly demo: RunOptions;
  readonly init: InitOptions;
  readonly ctl: CtlOptions;
}

/** The commands that this version has, `help` and `version` aside. */
export type CommandName = keyof CommandOptions;

/** Every option there is, by its name in the code. */
export interface OptionValues
  extends RunOptions,
    Omit<MasterOptions, keyof RunOptions>,
    Omit<PlanOptions, keyof RunOptions>,
    Omit<ReportOptions, keyof RunOptions>,
    InitOptions {
  readonly allowedScripts: readonly string[];
  readonly masterUrl: string | undefined;
  /** The configuration file to read in place of the one in the working directory. */
  readonly configFile: string | undefined;
}

/** The name of an option in the code. */
export type OptionKey = keyof OptionValues;

/** Where an option's value came from. */
export type OptionSource = 'command line' | 'environment' | 'config file' | 'default';
