import { expect, test } from 'vitest';
import { explanationParts, withoutElapsed } from '../../../src/dashboard/web/commands.ts';
import type { ReasonKind } from '../../../src/model/status.ts';
import { explainRejection } from '../../../src/plugins/permissions.ts';
import { typeable } from '../../../src/words/shell-words.ts';

const commands = (kind: ReasonKind, text: string) =>
  explanationParts(kind, text).flatMap((part) => (part.kind === 'command' ? [part.text] : []));

test('what the permission check says to type stands apart, whatever the file is called', () => {
  for (const name of ['x.sh', "it's.sh", 'a; chmod 0777 x', "'; rm -rf '", 'a b', 'x\\']) {
    const path = `/etc/scripts/${name}`;
    const told = explainRejection({ kind: 'wrong-mode', path, mode: 0o755 });
    expect(commands('wrong-mode', told)).toEqual([`chmod 0700 ${typeable(path)}`]);
    expect(commands('wrong-owner', explainRejection({ kind: 'wrong-owner', path, uid: 5, agentUid: 0 }))).toEqual([
      `chown 0 ${typeable(path)}`,
    ]);
    expect(commands('unreadable', explainRejection({ kind: 'dangling-link', path }))).toEqual([`rm ${typeable(path)}`]);
  }
  expect(
    commands('directory-suspended', `no plugin runs: ${explainRejection({ kind: 'missing', path: '/etc/scripts' })}`),
  ).toEqual(["mkdir -p -m 0700 '/etc/scripts'"]);
});

test('each command has the words before it that say what it is for', () => {
  const told =
    'its run, process 12, goes on; the agent never ends it; see what it waits for: ps -o pid,etime,wchan,args -p 12; end it yourself: kill 12';
  expect(explanationParts('hung', told)).toEqual([
    { kind: 'sentence', text: 'its run, process 12, goes on; the agent never ends it' },
    { kind: 'label', text: 'see what it waits for:' },
    { kind: 'command', text: 'ps -o pid,etime,wchan,args -p 12' },
    { kind: 'label', text: 'end it yourself:' },
    { kind: 'command', text: 'kill 12' },
  ]);
  expect(
    explanationParts(
      'empty-output',
      "it printed nothing; try it by hand: '/x y' 0; its stderr: instrument_server status x",
    ),
  ).toEqual([
    { kind: 'sentence', text: 'it printed nothing' },
    { kind: 'label', text: 'try it by hand:' },
    { kind: 'command', text: "'/x y' 0" },
    { kind: 'label', text: 'its stderr:' },
    { kind: 'command', text: 'instrument_server status x' },
  ]);
  expect(commands('empty-output', "it printed nothing; try it by hand: '/x' 0")).toEqual(["'/x' 0"]);
  expect(commands('crlf-interpreter', "its first line ends in CRLF; sed -i 's/\\r$//' '/x'")).toEqual([
    "sed -i 's/\\r$//' '/x'",
  ]);
  expect(commands('name-collision', "their metrics mix; rename one, here to a_2: mv -n '/a' '/a_2'")).toEqual([
    "mv -n '/a' '/a_2'",
  ]);
  expect(explanationParts('collector-away', 'it is away; try it now: instrument_server check --connect')[2]?.text).toBe(
    'instrument_server check --connect',
  );
  expect(explanationParts('wrong-mode', "chmod 0700 '/x'")).toEqual([{ kind: 'command', text: "chmod 0700 '/x'" }]);
});

test('what a plugin printed never becomes a command, and an explanation without one stays as it is', () => {
  for (const kind of ['only-bad-lines', 'some-bad-lines', 'decimal-comma', 'missing-interpreter'] as const)
    expect(commands(kind, "the first is line 1, x; chmod 0777 '/'")).toEqual([]);
  expect(explanationParts('exit-status', 'it exited with status 3; make it exit 0')).toEqual([
    { kind: 'sentence', text: 'it exited with status 3; make it exit 0' },
  ]);
});

test('an elapsed time that stands still beside a counting clock is left out', () => {
  expect(withoutElapsed('it goes on since 14:03:05 (1h 5m), longer than 5s')).toBe(
    'it goes on since 14:03:05, longer than 5s',
  );
  expect(withoutElapsed('waits since 2026-11-22 14:03:05 (5s)')).toBe('waits since 2026-11-22 14:03:05');
});
