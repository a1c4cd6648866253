import { expect, test } from 'vitest';
import { parseIni } from '../../src/config/ini.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { allPages, codeBlocks, pageText } from '../helpers/pages.ts';

const machine = { hostname: 'web', cores: 2, uid: 0, home: '/root', cwd: '/' };
const flags = { configFile: null, tempDir: null, pidFile: null, user: null, given: new Map() };
const ofSystemd = /^\[(Unit|Service)\]$/m;

const blocks = allPages.flatMap((page) =>
  codeBlocks(pageText(page)).flatMap(({ language, text }) =>
    language === 'ini' && !ofSystemd.test(text) ? [[page, text] as const] : [],
  ),
);

test.each(blocks)('the configuration that %s shows is one that the agent accepts', (page, text) => {
  const { problems, ...parsed } = parseIni(text, page);
  const source = { files: [{ file: page, mode: 0o600, fingerprint: '', ...parsed }], problems, missing: null };
  const resolved = resolveConfig({ flags, env: {}, source, machine, nowMs: Date.now });
  expect(resolved.ok ? [] : resolved.error.map(formatProblem)).toEqual([]);
});
