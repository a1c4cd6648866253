import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderStatus } from '../../src/cli/render.ts';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import { directories, foreignDirectory } from '../agent/directories-set-up.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { untilCount } from '../helpers/processes.ts';
import { makeHome, testDaemon } from '../helpers/test-daemon.ts';
import { sampleStatus } from './sample.ts';

const stored = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = stored('docs/status.md');

/** The words in the first column of the tables under a heading, up to the next one of its rank. */
function documented(heading: string): readonly string[] {
  const [, section = ''] = page.split(`\n${heading}\n`);
  const [body = ''] = section.split(/\n##+ /);
  return [...body.matchAll(/^\| `([^`]+)`/gm)].flatMap(([, word]) => word ?? []);
}

/** The paths of all fields in a document; `[]` stands for each of a list. */
function fieldsOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown) => fieldsOf(each, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const field = path === '' ? name : `${path}.${name}`;
    return [field, ...fieldsOf(inner, field)];
  });
}

/** Sorted, each once; an object that only groups others has no row of its own. */
function rowsFor(value: unknown): readonly string[] {
  const groups = ['scripts', 'totals', 'usage'];
  const isElsewhere = (field: string) => field.includes('verdict.') || /^foundAtStart\.|firstBadLine\./.test(field);
  return [...new Set(fieldsOf(value))].filter((field) => !groups.includes(field) && !isElsewhere(field)).sort();
}

/**
 * The words of a union of strings in `src/model`, those of a union that it takes in among them.
 */
function unionOf(type: string): readonly string[] {
  const shapes = stored('src/model/advice.ts') + stored('src/model/status.ts');
  const [, body = ''] = new RegExp(`export type ${type} =([^;]*);`).exec(shapes) ?? [];
  const own = [...body.matchAll(/'([\w-]+)'/g)].flatMap(([, word]) => word ?? []);
  const others = [...body.matchAll(/\| ([A-Z]\w+)/g)].flatMap(([, name]) => (name ? unionOf(name) : []));
  return [...own, ...others];
}

/**
 * A real agent in which every part of the document is there: a run is in flight, another printed a
 * bad line, and two are in formats of other systems.
 */
async function fullAgent() {
  const home = makeHome();
  const hold = holdFifo();
  const path = installPlugin(home.scripts, 'waits-on-fifo');
  writePlugin(home.scripts, 'bad.sh', '#!/bin/sh\necho "a 1"\necho "b x"\necho "hm" >&2\n');
  writePlugin(home.scripts, 'check', '#!/bin/sh\necho "LOAD OK - x"\n');
  writePlugin(home.scripts, 'none', '#!/bin/sh\necho "a NaN"\n');
  const plugins = new Map([
    ['check', { ...defaultPluginSettings, format: 'nagios' as const, mute: { untilS: null } }],
    ['none', { ...defaultPluginSettings, format: 'prometheus' as const }],
  ]);
  const munin = directories({ munin: { path: foreignDirectory() } });
  const agent = testDaemon(home, { plugins, ...munin }, { HOLD_FIFO: hold.path });
  await agent.tickAndFinish('bad.sh', 'check', 'none');
  await untilCount(path, 1);
  return agent;
}

describe('docs/status.md names', () => {
  test('every field of a real document, and no other', async () => {
    const agent = await fullAgent();
    const ofAgent = [...documented('### The agent'), ...documented('### A plugin'), ...documented('### A sink')];
    expect([...ofAgent].sort()).toEqual(rowsFor(agent.status()));
    const found = Object.keys(agent.status().foundAtStart ?? {});
    expect(found).toContain('formerLife');
    expect(documented('### What was found at the start')).toEqual(expect.arrayContaining(found));
    const answer = agent.plugin('bad.sh');
    const ofPlugins = [...documented('## The answer about one plugin'), ...documented('### A plugin')];
    const others = /currentRun\.|lastRun\.(message|checkState|notFinite)|muted/; // it is not running, and in the agent's format
    const without = (fields: readonly string[]) => fields.filter((field) => !others.test(field));
    expect(without([...ofPlugins].sort())).toEqual(rowsFor(answer));
  });

  test('every reason and every state, and no other', () => {
    expect([...documented('## Reasons')].sort()).toEqual([...unionOf('ReasonKind')].sort());
    expect(documented('## States')).toEqual([...unionOf('PluginState'), ...unionOf('SinkState')]);
  });
});

test('the examples are what the program prints', () => {
  expect(page).toContain(`\`\`\`\n${renderStatus(sampleStatus(), { colours: false })}\`\`\`\n`);
  const [, example = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  const { plugins, sinks, ...rest } = sampleStatus();
  expect(rowsFor(JSON.parse(example))).toEqual(
    rowsFor({ ...rest, plugins, sinks }).filter(
      (field) => !/firstBadLines|looksLike|stderr|output$|recentRuns|settings/.test(field),
    ),
  );
});

test('every reason is produced by a real situation in the tests of the agent', () => {
  const tests = [
    'files',
    'first-lines',
    'runs',
    'endings',
    'output',
    'sinks',
    'host-metrics',
    'bounds',
    'output-bounds',
  ]
    .map((of) => stored(`test/agent/reasons-of-${of}.test.ts`))
    .join('');
  const proved = [...tests.matchAll(/explanation\(agent, .*?, '([\w-]+)'\)/g)].map(([, kind]) => kind);
  expect(unionOf('ReasonKind').filter((kind) => !proved.includes(kind))).toEqual([]);
});
