import { expect, test } from 'vitest';
import { allSettings, settings, shownDefault } from '../../src/config/schema.ts';
import { sections } from '../../src/config/setting.ts';

const base = { folder: '/etc', home: '/root' };

test('no two rows share a section and key, and no two share a flag', () => {
  const keys = allSettings.map((row) => `${row.section}/${row.key}`);
  const flags = allSettings.flatMap(({ flag }) => [flag?.long ?? [], flag?.short ?? []].flat());
  expect([...new Set(keys)]).toEqual(keys);
  expect([...new Set(flags)]).toEqual(flags);
});

test('every section has keys', () => {
  expect([...new Set(allSettings.map((row) => row.section))]).toEqual(sections.map(({ name }) => name));
});

test('a default is told in words or is itself a valid value that reads back as the default', () => {
  for (const row of allSettings) {
    if (row.default === null) expect(row.defaultSays, row.key).toBeTypeOf('string');
    else expect(row.kind.parse(shownDefault(row), base), row.key).toEqual({ ok: true, value: row.default });
  }
});

test('a row without a default to copy has an example', () => {
  for (const row of allSettings) if (row.default === null) expect(row.example, row.key).toMatch(/^\S+ = .+$/);
});

test('what a switch means is a valid value of its row', () => {
  for (const row of allSettings) {
    if (row.flag?.argument === null) expect(row.kind.parse(row.flag.means, base), row.key).toMatchObject({ ok: true });
  }
});

test('all can be changed while the agent runs but the state directory and the file that is logged to', () => {
  expect(allSettings.filter((row) => !row.live).map((row) => row.key)).toEqual(['state_dir', 'location']);
  expect(settings.scriptLocation.live).toBe(true);
});

test('every row says in one sentence what it does', () => {
  for (const row of allSettings) expect(row.does, row.key).toMatch(/^[A-Z][^.]*(\.[^ ][^.]*)*\.$/);
});

test('the fixed defaults are those the agent promises', () => {
  const rows = [
    settings.reportInterval,
    settings.stopGrace,
    settings.hostMetrics,
    settings.tlsVerify,
    settings.scriptsEnabled,
    settings.maxOutput,
  ];
  expect(rows.map((row) => shownDefault(row))).toEqual(['30s', '5s', 'true', 'true', 'false', '16MiB']);
  expect(shownDefault(settings.logMaxSize)).toBe('50MiB');
  expect(shownDefault(settings.logLevel)).toBe('info');
  expect(shownDefault(settings.collector)).toBe('collector.instrumentalapp.com:8001');
});
