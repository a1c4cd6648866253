import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { ownCommands, shellLine } from '../../src/words/own-command.ts';
import { typeable } from '../../src/words/shell-words.ts';

const agent = {
  program: ['/opt/node 20/node', '/opt/agent/main.js'],
  stateDir: ['--state-dir', '/var/a b'],
  configuration: ['-f', '/etc/$x.ini', '-e'],
  configFile: '/etc/instrument_server.ini',
  isWhole: true,
};

/** The words of a command as a shell reads them. Nothing of it is run. */
function wordsOf(command: string, shell = '/bin/sh'): readonly string[] {
  const printed = execFileSync(shell, ['-c', `for word in ${command}; do printf '%s\\0' "$word"; done`], {
    encoding: 'utf8',
  });
  return printed.split('\0').slice(0, -1);
}

test('the commands of an agent start the program as it was started, and find the agent', () => {
  const commands = ownCommands(agent);
  const start = [...agent.program, ...agent.stateDir];
  expect(wordsOf(commands.status('x.sh'))).toEqual([...start, 'status', 'x.sh']);
  expect(wordsOf(commands.link)).toEqual([...start, 'link']);
  expect(wordsOf(commands.checkSinks ?? '')).toEqual([
    ...agent.program,
    ...agent.configuration,
    ...agent.stateDir,
    'check',
    '--connect',
  ]);
});

test('the sinks of a configuration that can not be typed are not told to be checked', () => {
  expect(ownCommands({ ...agent, isWhole: false }).checkSinks).toBeNull();
});

describe('a line for a shell', () => {
  test('quotes only the words that need it', () => {
    const words = ['instrument_server', '-c', 'tls://web-1.example:8001', 'a b', '~', '=x', ''];
    expect(shellLine(words, ['x_1.sh'])).toBe("instrument_server -c tls://web-1.example:8001 'a b' '~' '=x' '' x_1.sh");
  });

  test('has -- before a name that looks like a flag', () => {
    expect(shellLine(['x', 'status'], ['-n.sh'])).toBe('x status -- -n.sh');
    expect(shellLine(['x', 'status'], ['--a b'])).toBe("x status -- '--a b'");
  });
});

test('a name that ends in a line feed keeps it in bash, and names no other file in a shell without its quotes', () => {
  for (const name of ["/dir/it's é\n", '/a\nb\n\n']) {
    expect(typeable(name)).not.toMatch(/\p{Cc}/u);
    expect(wordsOf(typeable(name), 'bash')).toEqual([name]);
    expect([name, wordsOf(typeable(name))[0]?.[0]]).toEqual([name, expect.stringMatching(/^[/$]$/)]);
  }
});
