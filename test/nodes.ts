import { execFileSync, spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { thisArchitecture } from '../packaging/contents.ts';
import { nodeMajors, nodeProgram } from '../packaging/node-binary.ts';
import { npmFolder } from '../packaging/npm-package.ts';

/**
 * `npm run test:nodes [-- MAJOR …]` runs the tests that depend on Node with each supported version
 * of it, or with those of the given major versions (`-- 22 24`). The suite and every agent that it
 * starts run on that Node. Ends with status 1 if a test fails.
 */
const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What only Node and its native modules can make different: agents that are started, killed and
 * replaced, or are process 1; how processes, pipes and signals are handled; sockets, TLS and their
 * errors; the watch; SQLite, also on a full disk. The rest of the suite tests code of our own, on
 * the Node of the machine (docs/versions.md).
 */
const files = [
  'test/e2e/first-process',
  'test/e2e/full-disk',
  'test/e2e/hang-up',
  'test/e2e/kill-and-restart',
  'test/e2e/readme',
  'test/io/disk/database',
  'test/io/disk/watch',
  'test/io/net/',
  'test/io/process/fifo/',
  'test/io/process/identity',
  'test/io/process/launch/launchers-limits',
  'test/io/process/privileges',
  'test/sinks/tls-versions',
];

const asked = process.argv.slice(2);
const unknown = asked.filter((major) => !nodeMajors.includes(major));
if (unknown.length > 0) {
  process.stderr.write(`npm run test:nodes: ${unknown.join(', ')}: there are ${nodeMajors.join(', ')}\n`);
  process.exit(2);
}
if (process.platform !== 'linux') {
  process.stderr.write('npm run test:nodes: the registry has these versions of Node for Linux only\n');
  process.exit(2);
}

const results = nodeMajors
  .filter((major) => asked.length === 0 || asked.includes(major))
  .map((major) => {
    const node = nodeProgram(major, thisArchitecture(), join(root, npmFolder));
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    process.stdout.write(`\n== Node ${version}\n`);
    const { status } = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run', ...files], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PATH: [dirname(node), process.env['PATH']].join(delimiter) },
    });
    return { version, isPassed: status === 0 };
  });
for (const { version, isPassed } of results)
  process.stdout.write(`Node ${version}: ${isPassed ? 'passed' : 'FAILED'}\n`);
process.exitCode = results.every(({ isPassed }) => isPassed) ? 0 : 1;
