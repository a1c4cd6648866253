import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { referencePage, sampleFile, statusPage } from '../../docs/generate.ts';
import { parseIni } from '../../src/config/ini.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { allSettings } from '../../src/config/schema.ts';

const machine = { hostname: 'web', cores: 2, uid: 0, home: '/root', cwd: '/' };
const flags = { configFile: null, tempDir: null, pidFile: null, user: null, given: new Map() };

/** The problems of a file's text, as the agent would show them. */
function problemsOf(text: string): string[] {
  const { problems, ...parsed } = parseIni(text, '/etc/x.ini');
  const source = { files: [{ file: '/etc/x.ini', mode: 0o600, fingerprint: '', ...parsed }], problems, missing: null };
  const resolved = resolveConfig({ flags, env: {}, source, machine, nowMs: Date.now });
  return resolved.ok ? [] : resolved.error.map(formatProblem);
}

function stored(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

test('the sample file and the reference page are what the table makes; if not, run `npx tsx docs/generate.ts`', () => {
  expect(stored('config/instrument_server.ini')).toBe(sampleFile());
  expect(stored('docs/configuration.md')).toBe(referencePage());
});

test('the table of states in docs/status.md is what the agent decides by; if not, run `npx tsx docs/generate.ts`', () => {
  const page = stored('docs/status.md');
  expect(page).toBe(statusPage(page));
  expect(() => statusPage('')).toThrow('docs/status.md has lost the marks');
});

test('the sample file is valid as it is and sets nothing', () => {
  expect(problemsOf(sampleFile())).toEqual([]);
  expect(parseIni(sampleFile(), 'x.ini').entries).toEqual([]);
});

test('the sample file is plain text, without marks of Markdown', () => {
  expect(sampleFile()).not.toContain('`');
});

/** The sample file with every setting uncommented but these keys. */
function uncommented(...but: readonly string[]): string {
  const lines = sampleFile().split('\n');
  return lines
    .map((line) => (but.some((key) => line.startsWith(`;${key} =`)) ? line : line.replace(/^;/, '')))
    .join('\n');
}

/** The same file with sinks that are spoken to over TLS. */
function overTls(text: string): string {
  return text.replaceAll('url = http://', 'url = https://').replace('address = graphite', 'address = tls://graphite');
}

test('the sample file is valid with every setting uncommented, of alternatives the one or the other, and then it holds every key of the table', () => {
  const forInflux1 = uncommented('bucket', 'org', 'token', 'tls_ca', 'tls_verify');
  const forInflux2 = overTls(uncommented('database', 'username', 'password'));
  expect(problemsOf(forInflux1)).toEqual([]);
  expect(problemsOf(forInflux2)).toEqual([]);
  const keys = (text: string) => parseIni(text, 'x.ini').entries.map(({ section, key }) => `${section} ${key}`);
  expect(new Set([...keys(forInflux1), ...keys(forInflux2)]).size).toBe(allSettings.length);
});

test('the example and the messages on the reference page are real', () => {
  const [, example = ''] = /```ini\n(.*?)```/s.exec(referencePage()) ?? [];
  expect(problemsOf(example)).toEqual([]);
  expect(parseIni(example, 'x.ini').entries).toHaveLength(5);
  const [misspelt = '', interval = ''] = [
    ...referencePage().matchAll(/^\/etc\/instrument_server\.ini:\d+: (.*)$/gm),
  ].map((match) => match[1]);
  expect(problemsOf('[agent]\nreport_intervall = 30')).toEqual([`/etc/x.ini:2: ${misspelt}`]);
  expect(problemsOf('[plugin:mysql_status]\ninterval = 45s')).toEqual([`/etc/x.ini:2: ${interval}`]);
});
