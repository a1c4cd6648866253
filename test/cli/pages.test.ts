import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseArgs } from '../../src/cli/args.ts';
import { allSettings } from '../../src/config/schema.ts';
import { samplesOf } from '../../src/formats/native.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { valueText } from '../../src/sinks/value-text.ts';
import { allPages, pageText, projectRoot, spansOf } from '../helpers/pages.ts';

const migration = pageText('docs/migration.md');
const security = pageText('docs/security.md');
const both = [
  ['migration.md', migration],
  ['security.md', security],
] as const;

/**
 * Returns the flags of this program that a page names: alone in backquotes, or after its name in a
 * code block.
 */
function flagsIn(page: string): readonly string[] {
  const blocks = [...page.matchAll(/^```.*?^```$/gms)].flatMap(([block]) => block.split('\n'));
  const commands = [...blocks, ...spansOf(page)].flatMap(
    (line) => /(?<![/\w])instrument_server (?!stop$)(.*)$/.exec(line)?.[1]?.split(' #')[0] ?? [],
  );
  const words = [
    ...commands.flatMap((line) => line.split(' ')),
    ...spansOf(page).flatMap((text) => text.split(' ').slice(0, 1)),
  ];
  return [...new Set(words.filter((word) => /^(-[A-Za-z]|--[a-z][a-z_-]+)$/.test(word)))];
}

test.each(both)('every flag that docs/%s names is one that the program knows', (_name, page) => {
  expect(flagsIn(page).length).toBeGreaterThan(3);
  const unknown = flagsIn(page).filter((flag) => {
    const command = parseArgs([flag, 'foreground'], '0', ['instrument_server']);
    return command.kind === 'usage-error' && command.message.includes('There is no flag');
  });
  expect(unknown).toEqual([]);
});

test('docs/migration.md names every flag that the Ruby agent had', () => {
  const named = new Set(flagsIn(migration));
  const ofRuby =
    '-k --api_key -f --config-file -c --collector -H --hostname -p --pid -l --log -r --report-interval -e --enable-scripts';
  const more = '-s --script-location -u --user -t --temp-dir --debug -h --help -v --version';
  expect([...ofRuby.split(' '), ...more.split(' ')].filter((flag) => !named.has(flag))).toEqual([]);
});

test.each(both)('every key that docs/%s names with its section is one that the configuration has', (_name, page) => {
  const named = spansOf(page).flatMap((text) => {
    const [, section = '', key = ''] = /^\[([\w:]+)\] (\w+)/.exec(text) ?? [];
    return key === '' ? [] : [`[${section}] ${key}`];
  });
  const known = new Set(allSettings.map(({ section, key }) => `[${section}] ${key}`));
  expect(named.length).toBeGreaterThan(1);
  expect(named.filter((key) => !known.has(key))).toEqual([]);
});

const eventsIn = (path: string) =>
  [...readFileSync(join(projectRoot, path), 'utf8').matchAll(/'([a-z]+\.[a-z-]+)'/g)].flatMap(([, name]) => name ?? []);
const ofModel = readdirSync(join(projectRoot, 'src/model')).filter((name) => /^(.*-)?event\.ts$/.test(name));
const events = new Set([...ofModel.map((name) => `src/model/${name}`), 'src/log/run-lines.ts'].flatMap(eventsIn));
const eventNouns = new Set(Array.from(events, (name) => name.split('.')[0] ?? ''));
const other = /^host\.name$|^store\.(failures|lost)$|\.(ts|sock)$/; // of OpenTelemetry; own metrics; files
const metricsOnly = 'docs/self-metrics.md'; // its names of metrics look like events

test.each(allPages.filter((path) => path !== metricsOnly))(
  'every event that %s names is one that the log has',
  (path) => {
    const named = spansOf(pageText(path)).filter(
      (text) => /^[a-z]+\.[a-z-]+$/.test(text) && eventNouns.has(text.split('.')[0] ?? '') && !other.test(text),
    );
    expect(named.filter((event) => !events.has(event))).toEqual([]);
    if (path === 'docs/troubleshooting.md') expect(named.length).toBeGreaterThan(10);
  },
);

test('docs/migration.md is right about what becomes of values', () => {
  const table = /<!-- values:.*?\n\n(.*?)\n\n/s.exec(migration)?.[1]?.split('\n').slice(2) ?? [];
  const rows = table.map((row) => row.split('|').map((cell) => cell.trim().replace(/^`|`$/g, '')));
  expect(rows.length).toBeGreaterThan(10);
  const context = { prefix: 'web1.x', endedAtS: unixSeconds(1_700_000_000), truncated: false };
  for (const [, printed = '', , here] of rows) {
    const [sample] = samplesOf([Buffer.from(`gauge ${printed}\n`)], context);
    expect([printed, sample ? valueText(sample.value) : 'a bad line']).toEqual([printed, here]);
  }
});
