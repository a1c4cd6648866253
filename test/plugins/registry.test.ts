import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AgentEvent } from '../../src/model/event.ts';
import { type DirectoryRejection, pluginFile, pluginName } from '../../src/model/plugin.ts';
import { activePlugins, changesWalk, hasSameScripts, judgedScripts, scanChanges } from '../../src/plugins/registry.ts';
import { emptyScan, type Scan, type Script } from '../../src/plugins/scan.ts';
import { wrongMode } from '../helpers/refused.ts';

type Found = Partial<Pick<Script, 'rejection' | 'fingerprint' | 'note'>>;

/** A scan that found these scripts. */
function scanOf(found: Readonly<Record<string, Found>>, rejection: DirectoryRejection | null = null): Scan {
  const scripts = Object.entries(found).map(([file, script]) => {
    const plugin = { file: pluginFile(file), name: pluginName(file), path: `/p/${file}` };
    const found = {
      plugin,
      rejection: null,
      note: null,
      way: null,
      fingerprint: '1',
      isSettled: true,
      seenMs: 0,
      ...script,
    };
    return [plugin.file, found] as const;
  });
  return { ...emptyScan, rejection, identity: 'd', scripts: new Map(scripts), entries: Object.keys(found) };
}

/** An event in short. */
function short(event: AgentEvent): string {
  if (event.event === 'plugin.collided') return `collided ${event.name}: ${event.paths.join(' ')}`;
  return 'plugin' in event ? `${event.event.replace('plugin.', '')} ${event.plugin}` : event.event;
}

function changes(before: Scan, after: Scan): readonly string[] {
  return scanChanges(before, after).map(short);
}

const openMode = wrongMode('/p/a.sh', 0o755);
const openerMode = wrongMode('/p/a.sh', 0o777);
const open: DirectoryRejection = { ...wrongMode('/p', 0o755), target: null };
const missing: DirectoryRejection = { kind: 'missing', path: '/p' };

describe('from one scan to the next, each change is reported once', () => {
  const none = emptyScan;
  const good = scanOf({ 'a.sh': {} });
  const byGroup = { kind: 'group-writable', sentence: 'a group can write /', commands: [] } as const;
  const exposedToGroup = { ...good, exposure: { path: '/p', advice: byGroup } };
  const noted = scanOf({ 'a.sh': { note: byGroup } });
  const touchedNoted = scanOf({ 'a.sh': { note: byGroup, fingerprint: '2' } });
  const changed = scanOf({ 'a.sh': { fingerprint: '2' } });
  const bad = scanOf({ 'a.sh': { rejection: openMode } });
  const touchedBad = scanOf({ 'a.sh': { rejection: openMode, fingerprint: '2' } });
  const worse = scanOf({ 'a.sh': { rejection: openerMode } });
  const rows: readonly (readonly [string, Scan, Scan, readonly string[]])[] = [
    ['nothing', none, none, []],
    ['a folder above that a group can write', good, exposedToGroup, ['plugins.exposed']],
    ['the same folder', exposedToGroup, exposedToGroup, []],
    ['a new link to a target that a group can replace', none, noted, ['plugins.exposed', 'added a.sh']],
    ['the same link, touched', noted, touchedNoted, ['changed a.sh']],
    ['a new script', none, good, ['added a.sh']],
    ['the same script', good, good, []],
    ['a script that was written to', good, changed, ['changed a.sh']],
    ['a script that is gone', good, none, ['removed a.sh']],
    ['a new script that is rejected', none, bad, ['rejected a.sh']],
    ['an accepted script that is rejected now', good, bad, ['rejected a.sh']],
    ['a script that is rejected as before', bad, bad, []],
    ['a rejected script that was written to', bad, touchedBad, []],
    ['a script that is rejected for another reason', bad, worse, ['rejected a.sh']],
    ['a rejected script that was corrected', bad, good, ['added a.sh']],
    ['a rejected script that is gone', bad, none, ['removed a.sh']],
    ['two changes', good, scanOf({ 'b.sh': {} }), ['added b.sh', 'removed a.sh']],
    ['a directory that may not be used', good, scanOf({}, open), ['plugins.suspended']],
    ['a directory that is missing from the start', none, scanOf({}, missing), ['plugins.suspended']],
    ['a directory that is as bad as before', scanOf({ 'a.sh': {} }, open), scanOf({}, open), []],
    ['a directory that is bad in another way', scanOf({}, open), scanOf({}, missing), ['plugins.suspended']],
    ['a directory that was corrected', scanOf({ 'a.sh': {} }, open), good, ['plugins.resumed']],
    [
      'a directory that came back with other scripts',
      scanOf({ 'a.sh': {} }, missing),
      scanOf({ 'b.sh': {} }),
      ['plugins.resumed', 'added b.sh', 'removed a.sh'],
    ],
  ];
  test.each(rows)('%s', (_title, before, after, events) => {
    expect(changes(before, after)).toEqual(events);
  });

  test('a rejection of a script or of the directory is reported with its facts and with advice', () => {
    expect(scanChanges(none, bad)).toEqual([
      {
        event: 'plugin.rejected',
        plugin: 'a.sh',
        rejection: openMode,
        advice: {
          kind: 'wrong-mode',
          sentence: 'a.sh has mode 0755: group and others can read and run it',
          commands: ["chmod 0700 '/p/a.sh'"],
        },
      },
    ]);
    expect(scanChanges(none, scanOf({}, missing))).toEqual([
      {
        event: 'plugins.suspended',
        rejection: missing,
        advice: {
          kind: 'directory-suspended',
          sentence: "there is no directory '/p'; make it, and put the scripts into it",
          commands: ["mkdir -p -m 0700 '/p'"],
        },
      },
    ]);
    expect(scanChanges(scanOf({}, open), none)).toEqual([{ event: 'plugins.resumed', path: '/p' }]);
  });
});

describe('scripts that share a name', () => {
  const two = scanOf({ 'a.rb': {}, 'a.sh': {} });
  const three = scanOf({ a: {}, 'a.rb': {}, 'a.sh': {} });
  const rows: readonly (readonly [string, Scan, Scan, readonly string[]])[] = [
    ['are reported with both paths', scanOf({ 'a.sh': {} }), two, ['added a.rb', 'collided a: /p/a.rb /p/a.sh']],
    ['are reported once', two, two, []],
    [
      'are not reported again when one is written to',
      two,
      scanOf({ 'a.rb': {}, 'a.sh': { fingerprint: '2' } }),
      ['changed a.sh'],
    ],
    ['are reported again when a third comes', two, three, ['added a', 'collided a: /p/a /p/a.rb /p/a.sh']],
    ['are reported again when one of three goes', three, two, ['removed a', 'collided a: /p/a.rb /p/a.sh']],
    [
      'are reported again when one takes the place of another',
      two,
      scanOf({ 'a.py': {}, 'a.sh': {} }),
      ['added a.py', 'removed a.rb', 'collided a: /p/a.py /p/a.sh'],
    ],
    ['collide no more when one of two goes', two, scanOf({ 'a.sh': {} }), ['removed a.rb']],
    [
      'do not collide while one of two is rejected',
      emptyScan,
      scanOf({ 'a.rb': {}, 'a.sh': { rejection: openMode } }),
      ['added a.rb', 'rejected a.sh'],
    ],
    [
      'collide when it is corrected',
      scanOf({ 'a.rb': {}, 'a.sh': { rejection: openMode } }),
      two,
      ['added a.sh', 'collided a: /p/a.rb /p/a.sh'],
    ],
    [
      'collide by what their names become',
      emptyScan,
      scanOf({ 'x y': {}, 'x@y.sh': {} }),
      ['added x y', 'added x@y.sh', 'collided x_y: /p/x y /p/x@y.sh'],
    ],
  ];
  test.each(rows)('%s', (_title, before, after, events) => {
    expect(changes(before, after)).toEqual(events);
  });
});

test('only accepted scripts are active, in the order of the scan', () => {
  const scan = scanOf({ 'b.sh': {}, 'a.sh': { rejection: openMode }, 'c.sh': {} });
  expect(activePlugins(scan)).toEqual([
    { file: 'b.sh', name: 'b', path: '/p/b.sh' },
    { file: 'c.sh', name: 'c', path: '/p/c.sh' },
  ]);
});

test('who follows the events knows which scripts are active', () => {
  const script = fc.option(
    fc.record({ rejection: fc.constantFrom(null, openMode, openerMode), fingerprint: fc.constantFrom('1', '2') }),
  );
  const scans = fc.array(
    fc
      .record({ a: script, 'a.sh': script, 'b.sh': script })
      .map((found) =>
        scanOf(
          Object.fromEntries(
            Object.entries(found).flatMap(([file, state]) =>
              state
                ? [
                    [
                      file,
                      state.rejection ? { ...state, rejection: state.rejection } : { fingerprint: state.fingerprint },
                    ],
                  ]
                : [],
            ),
          ),
        ),
      ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(scans, (steps) => {
      const known = new Set<string>();
      let before = emptyScan;
      for (const after of steps) {
        for (const event of scanChanges(before, after)) {
          if (event.event === 'plugin.added') known.add(event.plugin);
          if (event.event === 'plugin.removed' || event.event === 'plugin.rejected') known.delete(event.plugin);
        }
        expect([...known].sort()).toEqual(activePlugins(after).map(({ file }) => file));
        before = after;
      }
    }),
  );
});

test('each script is judged with what to do about it, and a name that is free', () => {
  const judged = judgedScripts(scanOf({ 'a.sh': {}, 'a.py': {}, 'open.sh': { rejection: openMode } }));
  expect(judged.map(({ plugin, collision, advice }) => [plugin.file, collision?.kind, advice?.kind])).toEqual([
    ['a.sh', 'name-collision', undefined],
    ['a.py', 'name-collision', undefined],
    ['open.sh', undefined, 'wrong-mode'],
  ]);
  expect(judged[0]?.freeName()).toBe('a_sh.sh');
});

test('two scans that found the same scripts under the same names are alike, and no others', () => {
  const scan = scanOf({ 'a.sh': {}, 'b.sh': {} });
  const [a] = scan.entries;
  expect(hasSameScripts(scan, { ...scan })).toBe(true);
  expect(hasSameScripts(scan, scanOf({ 'a.sh': {}, 'b.sh': {} }))).toBe(false); // each was looked at again
  expect(hasSameScripts(scan, scanOf({ 'a.sh': {} }))).toBe(false);
  expect(hasSameScripts(scan, { ...scan, entries: [`${a}`, 'c.txt'] })).toBe(false);
  expect(hasSameScripts(scan, { ...scan, entries: [...scan.entries, 'c.txt'] })).toBe(false);
});

test('many changes are found in steps, each once', () => {
  const names = Array.from({ length: 100 }, (_, index) => `${index}.sh`);
  const many = scanOf(Object.fromEntries(names.map((name) => [name, {}])));
  const walk = changesWalk(emptyScan, many);
  let steps = 1;
  let next = walk.next();
  for (; next.done !== true; next = walk.next()) steps += 1;
  expect(steps).toBeGreaterThan(1);
  expect(next.value.map(short)).toEqual(names.map((name) => `added ${name}`));
});
