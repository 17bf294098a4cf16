/** What to write instead of options that Locust has and katydid has not. */
const OF_LOCUST: Readonly<Record<string, string>> = {
  '--master': 'write katydid master FILE',
  '--worker': 'write katydid worker wss://HOST:5557 --token T',
  '--master-host': 'write katydid worker wss://HOST:5557 --token T',
  '--master-port': 'write katydid worker wss://HOST:PORT --token T',
  '--master-bind-host': 'write --bind',
  '--master-bind-port': 'write --port',
  '--autostart': 'leave it out: a run starts at once',
  '--autoquit': 'leave it out: a run ends by itself',
  '--class-picker': 'write katydid run FILE ClassA ClassB',
  '--config-users': 'write --set Class.weight=3',
  '--show-task-ratio': 'write katydid plan --list',
  '--show-task-ratio-json': 'write katydid plan --list',
  '--web-port': 'leave it out: there is no web page, but the terminal UI',
  '--web-host': 'leave it out: there is no web page, but the terminal UI',
  '--print-stats': 'leave it out: progress and summary are printed anyway',
  '--skip-log-setup': 'leave it out, or write --log-level',
  '--modern-ui': 'leave it out: there is no web page, but the terminal UI',
};

/**
 * What to say about an option of Locust that a command of katydid has not; `undefined` for any other text.
 *
 * @param label - With its dashes.
 */
export function foreignOptionProblem(label: string): string | undefined {
  const instead = OF_LOCUST[label];
  return instead === undefined ? undefined : `there is no option ${label}: ${instead}`;
}
