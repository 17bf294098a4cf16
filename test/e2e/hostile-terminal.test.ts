import { describe, expect } from 'vitest';
import { builtKatydid } from '../support/katydid-process.ts';
import type { SummaryJson } from './support/katydid-run.ts';
import { onTheWire } from './support/summarized-run.ts';
import { TmuxTerminal } from './support/tmux-terminal.ts';
import { truthTest as it } from './support/truth-test.ts';

/** Set the title, clear the screen, leave the alternate one, reset, turn the writing round. */
const ESCAPES =
  '\\u001b]0;owned\\u0007\\u001b[2J\\u001b[H\\u001b[?1049l\\u009b31m\\u001bc\\u202e\\u0000';

/** Everything on the screen that a script can give a text for, and more of each than there is room. */
const FLOOD = `
  import { constant, environment, events, HttpUser, task } from 'katydid';
  const evil = '${ESCAPES}';
  let number = 0;
  export class Flood extends HttpUser {
    waitTime = constant(0.02);
    @task async flood() {
      number += 1;
      const wide = ['\\u5bbd', 'e\\u0301\\u0301', '\\u{1f469}\\u200d\\u{1f467}'][number % 3].repeat(60);
      const name = '/item/' + environment.workerIndex + '-' + number + evil + wide;
      events.request.fire({ requestType: 'M' + evil, name, responseTime: 3, exception: new Error(evil + number) });
      console.log('line ' + evil + '\\nsecond line');
      process.stderr.write('raw ' + evil + '\\n');
      await this.client.get('/ok', { name: '/ok' });
      if (number % 10 === 0) throw new Error('thrown ' + evil + number);
    }
  }`;

describe.concurrent.each([
  [80, 24],
  [120, 40],
])('a screen of %i × %i before a script that floods it with escape sequences', (columns, rows) => {
  it('stays readable in all views, heeds Ctrl-C, and is given back with the right status', async ({
    server,
    folder,
  }) => {
    using terminal = new TmuxTerminal(folder.path, columns, rows);
    folder.write('loadfile.ts', FLOOD);
    const load = ['-H', server.url, '-u', '10', '-r', '50', '-t', '60s', '-w', '2', '--port', '0'];
    const outputs = ['--json', 'out.json', '--out', 'out.katydid'];
    terminal.command([builtKatydid(), 'run', 'loadfile.ts', ...load, ...outputs].join(' '));

    await terminal.shows(/STEADY[^\n]*loadfile\.ts/);
    await terminal.shows(/USERS[^\n]*REQ\/S/);
    await terminal.shows(/M\?\]0;/);
    terminal.keys('2');
    expect(linesOf(await terminal.shows(/COUNT {2}REQUEST/))).toHaveLength(rows);
    terminal.keys('5');
    const log = await terminal.shows(/line \?\]0;owned/);
    // The frame is where it was: title above, keys below, nothing has scrolled or cleared it.
    expect(linesOf(log)[0]).toMatch(/^ STEADY {3}loadfile\.ts/);
    expect(log).toMatch(/\? help {2}1-5 view[^\n]*\n*$/);
    terminal.keys('C-c');
    await terminal.idle();
    const left = await terminal.prompts();
    expect(left).toMatch(/Ledger[^\n]*adds up/);
    terminal.command('echo "status $?"');
    await terminal.shows(/status 1/);
    const json: SummaryJson = JSON.parse(folder.read('out.json'));
    expect(json.run.stopReason).toBe('signal');
    await server.idle();
    const row = json.requests.find(({ name }) => name === '/ok');
    expect(row === undefined ? 0 : onTheWire(row)).toBe(server.total());
  });
});

function linesOf(screen: string): readonly string[] {
  return screen.replace(/\n$/, '').split('\n');
}
