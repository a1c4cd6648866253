import { expect, test } from 'vitest';
import { fixedValue } from '../../src/config/defaults.ts';
import { allSettings, settings, shownDefault } from '../../src/config/schema.ts';
import { sections } from '../../src/config/sections.ts';
import { sinkSettings } from '../../src/config/sink-settings.ts';

const context = { folder: '/etc', home: '/root', origin: '/etc/x.ini:1' };

test('no two rows share a section and key, and no two share a flag', () => {
  const keys = allSettings.map((row) => `${row.section}/${row.key}`);
  const flags = allSettings.flatMap(({ flag }) => [flag?.long ?? [], flag?.short ?? []].flat());
  expect([...new Set(keys)]).toEqual(keys);
  expect([...new Set(flags)]).toEqual(flags);
});

test('a row stands in the group of its section', () => {
  const { bounds, ...ofSections } = settings;
  for (const [section, rows] of Object.entries({ ...ofSections, scripts: { ...ofSections.scripts, ...bounds } }))
    expect(new Set(Object.values(rows).map((row) => row.section))).toEqual(new Set([section]));
  for (const [sink, rows] of Object.entries(sinkSettings))
    expect(new Set(Object.values(rows).map((row) => row.section))).toEqual(new Set([`sink:${sink}`]));
});

test('a default that depends on the machine has no value without one', () => {
  expect(() => fixedValue(settings.agent.hostname.default)).toThrow('depends on the machine');
});

test('every section has keys', () => {
  expect([...new Set(allSettings.map((row) => row.section))]).toEqual(sections.map(({ name }) => name));
});

test('a default is described in words, or is a valid value that reads back as the default', () => {
  for (const row of allSettings) {
    if (row.default.says !== null) expect(row.default.says, row.key).not.toBe('');
    else
      expect(row.kind.parse(shownDefault(row), context), row.key).toEqual({ ok: true, value: fixedValue(row.default) });
  }
});

test('a row without a default to copy has an example', () => {
  for (const row of allSettings) if (row.default.says !== null) expect(row.example, row.key).toMatch(/^\S+ = .+$/);
});

test('what a switch means is a valid value of its row', () => {
  for (const row of allSettings) {
    if (row.flag?.argument === null)
      expect(row.kind.parse(row.flag.means, context), row.key).toMatchObject({ ok: true });
  }
});

test('every key can be changed while the agent runs, except the state directory and the log file', () => {
  expect(allSettings.filter((row) => !row.live).map((row) => row.key)).toEqual(['state_dir', 'location']);
  expect(settings.scripts.location.live).toBe(true);
});

test('every row says in one sentence what it does', () => {
  for (const row of allSettings) expect(row.does, row.key).toMatch(/^[A-Z][^.]*(\.[^ ][^.]*)*\.$/);
});

test('the fixed defaults are those the agent promises', () => {
  const rows = [
    settings.agent.reportIntervalS,
    settings.agent.stopGraceMs,
    settings.agent.hostMetrics,
    settings.collector.tlsVerify,
    settings.scripts.enabled,
    settings.scripts.maxOutputBytes,
  ];
  expect(rows.map((row) => shownDefault(row))).toEqual(['30s', '5s', 'true', 'true', 'false', '16MiB']);
  expect(shownDefault(settings.log.maxSizeBytes)).toBe('50MiB');
  expect(shownDefault(settings.log.level)).toBe('info');
  expect(shownDefault(settings.collector.address)).toBe('collector.instrumentalapp.com:8001');
});
