import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { shellLines } from '../../../../../src/ui/model/text/shell-lines.ts';

const TOKEN = `kd1.${'h'.repeat(43)}.${'s'.repeat(32)}`;

it('leaves a command on one line where it fits', () => {
  expect(shellLines('katydid worker :5557', 20)).toEqual(['katydid worker :5557']);
});

it('breaks a command between its words, with the sign for it in the last column', () => {
  expect(shellLines('katydid worker ws://10.0.0.1:5557 --token abc', 40)).toEqual([
    'katydid worker ws://10.0.0.1:5557      \\',
    '--token abc',
  ]);
});

it('goes on in the first column with a word that is longer than a line', () => {
  expect(shellLines('run abcdefghij', 6)).toEqual(['run  \\', 'abcde\\', 'fghij']);
});

it('is the same command to a shell at every width', () => {
  const words = ['worker', 'wss://192.168.1.20:5557', '--token', TOKEN];
  for (let columns = 20; columns <= 160; columns += 1) {
    const lines = shellLines(`printf %s, ${words.join(' ')}`, columns);
    const printed = execFileSync('/bin/sh', ['-c', lines.join('\n')], { encoding: 'utf8' });

    expect(printed).toBe(words.map((word) => `${word},`).join(''));
    expect(lines.every((line) => line.length <= columns)).toBe(true);
  }
});
