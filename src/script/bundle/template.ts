/**
 * The load file that `katydid init` writes: short, runs as it is against the example application, and
 * shows what comes next in comments.
 */
export function loadfileTemplate(): string {
  return `import { between, HttpUser, task } from 'katydid';

// A virtual user: every exported class that extends HttpUser takes part in the test.
// Start it with: katydid run loadfile.ts --users 100 --spawn-rate 10 --run-time 1m
export class ApiUser extends HttpUser {
  // The system under test, unless \`katydid run --host https://…\` names another.
  static host = 'http://127.0.0.1:8000';

  // With several classes: the share of the users that are of this one.
  static weight = 1;

  // Seconds to wait after each task; without this line a user never pauses.
  waitTime = between(0.5, 1.5);

  // Runs once for each user before its first task: the place to log in.
  async onStart() {
    // await this.client.post('/login', { json: { user: \`user-\${this.index}\` } });
  }

  // Tasks are chosen by their weights: this one three times as often as the other.
  @task(3)
  async delayJob() {
    const answer = await this.client.get('/delay-job');
    // A request that fails does not throw; it counts as a failure. Look at the answer where it matters:
    if (!answer.ok) console.warn('delay-job:', answer.error);
  }

  @task
  async checkedDelayJob() {
    await this.client.get('/delay-job', {
      name: '/delay-job (checked)',
      // Decides whether the answer counts as a success: true, or the reason why not.
      check: (answer) => answer.json().hello === 'world' || 'not the greeting',
    });
  }
}
`;
}

/**
 * The tsconfig.json beside it, with which an editor checks load files. katydid itself does not read it.
 *
 * @param typesPath - Absolute path of katydid's \`index.d.ts\`, so that nothing need be installed.
 * @param typeRoots - Folder that holds the types of Node, which load files use as in \`process.env\`.
 */
export function tsconfigTemplate(typesPath: string, typeRoots: string): string {
  const config = {
    compilerOptions: {
      strict: true,
      noEmit: true,
      target: 'es2024',
      module: 'esnext',
      moduleResolution: 'bundler',
      lib: ['es2024', 'esnext.decorators', 'dom', 'dom.iterable'],
      types: ['node'],
      typeRoots: [typeRoots],
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      skipLibCheck: true,
      paths: { katydid: [typesPath] },
    },
    include: ['*.ts', '*.mts'],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
