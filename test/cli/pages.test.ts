import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseArgs } from '../../src/cli/args.ts';
import { allSettings } from '../../src/config/schema.ts';
import { samplesOf } from '../../src/formats/native.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { valueText } from '../../src/sinks/value-text.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const migration = readFileSync(join(root, 'docs/migration.md'), 'utf8');
const security = readFileSync(join(root, 'docs/security.md'), 'utf8');
const pages = [
  'README.md',
  'examples/README.md',
  ...readdirSync(join(root, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];
const both = [
  ['migration.md', migration],
  ['security.md', security],
] as const;

/** Returns what is in single backquotes, outside of code blocks. */
function spans(page: string): readonly string[] {
  return [...page.replace(/^```.*?^```$/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);
}

/**
 * Returns the flags of this program that a page names: alone in backquotes, or after its name in a
 * code block.
 */
function flagsIn(page: string): readonly string[] {
  const blocks = [...page.matchAll(/^```.*?^```$/gms)].flatMap(([block]) => block.split('\n'));
  const commands = [...blocks, ...spans(page)].flatMap(
    (line) => /(?<![/\w])instrument_server (?!stop$)(.*)$/.exec(line)?.[1]?.split(' #')[0] ?? [],
  );
  const words = [
    ...commands.flatMap((line) => line.split(' ')),
    ...spans(page).flatMap((text) => text.split(' ').slice(0, 1)),
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
  const named = spans(page).flatMap((text) => {
    const [, section = '', key = ''] = /^\[([\w:]+)\] (\w+)/.exec(text) ?? [];
    return key === '' ? [] : [`[${section}] ${key}`];
  });
  const known = new Set(allSettings.map(({ section, key }) => `[${section}] ${key}`));
  expect(named.length).toBeGreaterThan(1);
  expect(named.filter((key) => !known.has(key))).toEqual([]);
});

const eventsIn = (path: string) =>
  [...readFileSync(join(root, path), 'utf8').matchAll(/'([a-z]+\.[a-z-]+)'/g)].flatMap(([, name]) => name ?? []);
const ofModel = readdirSync(join(root, 'src/model')).filter((name) => /^(.*-)?event\.ts$/.test(name));
const events = new Set([...ofModel.map((name) => `src/model/${name}`), 'src/log/run-lines.ts'].flatMap(eventsIn));
const eventNouns = new Set(Array.from(events, (name) => name.split('.')[0] ?? ''));
const other = /^host\.name$|\.(ts|sock)$/; // of OpenTelemetry; files
const metricsOnly = 'docs/self-metrics.md'; // its names of metrics look like events

test.each(pages.filter((path) => path !== metricsOnly))('every event that %s names is one that the log has', (path) => {
  const named = spans(readFileSync(join(root, path), 'utf8')).filter(
    (text) => /^[a-z]+\.[a-z-]+$/.test(text) && eventNouns.has(text.split('.')[0] ?? '') && !other.test(text),
  );
  expect(named.filter((event) => !events.has(event))).toEqual([]);
  if (path === 'docs/troubleshooting.md') expect(named.length).toBeGreaterThan(10);
});

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

test.each(pages)('every link to a file in %s leads to one, and to a heading that is there', (name) => {
  const text = readFileSync(join(root, name), 'utf8');
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) =>
    /^[a-z]+:/.test(target) ? [] : [target],
  );
  const broken = targets.filter((target) => {
    const [file = '', heading] = target.split('#');
    const path = file === '' ? join(root, name) : join(root, dirname(name), file);
    return !existsSync(path) || (heading !== undefined && !headingsOf(readFileSync(path, 'utf8')).includes(heading));
  });
  expect(broken).toEqual([]);
});

/** The anchors that a page's headings make. */
function headingsOf(text: string): readonly string[] {
  const headings = [...text.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)];
  return headings.map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}
