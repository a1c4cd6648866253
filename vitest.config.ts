import { defineConfig } from 'vitest/config';

const below = (...folders: readonly string[]) => folders.map((folder) => `test/${folder}/**/*.test.ts`);

/**
 * What the coverage below is measured with: the tests of the parts that it names, none that takes
 * long or starts the program.
 */
const measured = [
  ...below(
    'config',
    'dashboard/web',
    'formats',
    'host',
    'log',
    'model',
    'runner',
    'scheduler',
    'sender',
    'sinks',
    'view',
    'words',
  ),
  'test/plugins/{permissions,registry}.test.ts',
  'test/store/spool/blocks.test.ts',
];
const long = ['test/sinks/instrumental/{broken-off,quick-close,quick-reset}.test.ts'];

/**
 * What runs a browser, or counts what its own process holds: each file has a process of its own.
 * The files of the others share a few.
 */
const alone = [
  ...below('browser', 'io/process'),
  'test/io/*.test.ts',
  'test/io/disk/{database,lock,watch}.test.ts',
  'test/plugins/churn.test.ts',
  'test/agent/{reasons-of-bounds,reload}.test.ts',
  ...long,
];

/**
 * What starts the built program, or the store in processes that it ends: the longest files, which
 * are begun first, for projects go by their names.
 */
const agents = [...below('e2e'), 'test/store/**/{killed,spool-model}.test.ts'];

/** What runs agents in its own process. */
const daemons = below('agent');

const onServers = below('integration', 'packaging'); // need real servers, and root: npm run test:integration

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'agents', include: agents, isolate: false } },
      { extends: true, test: { name: 'alone', include: alone } },
      { extends: true, test: { name: 'daemons', include: daemons, exclude: alone, isolate: false } },
      { extends: true, test: { name: 'measured', include: measured, exclude: long, isolate: false } },
      {
        extends: true,
        test: {
          name: 'others',
          include: below('**'),
          exclude: [...agents, ...alone, ...daemons, ...measured, ...onServers],
          isolate: false,
        },
      },
    ],
    pool: 'forks',
    maxWorkers: 3, // much of the suite waits for a tick or a process
    testTimeout: 120_000, // for tests that hang; no test measures time
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: [
        'src/config/**',
        'src/model/**',
        'src/formats/**',
        'src/plugins/{permissions,registry}.ts',
        'src/runner/{ending,invocation,run,stderr,stdout}.ts',
        'src/scheduler/{in-flight,ticker}.ts',
        'src/sender/**',
        'src/host/**',
        'src/view/**',
        'src/words/**',
        'src/log/**',
        'src/dashboard/web/{agent-state,beats,chart-data,chart-words,drawn-history,evidence,measure,most-changed}.ts',
        'src/dashboard/web/{one-at-a-time,order,plugin-link,run-words,series,sparkline-path,state-changes,unit}.ts',
        'src/dashboard/web/{value-range,view-link,words,zoom}.ts',
        'src/store/spool/blocks.ts',
        'src/sinks/{delivery-in-parts,http-answer,login,name-on-host,protobuf,refused-samples,request-size,value-text}.ts',
        'src/sinks/instrumental/{protocol,handshake}.ts',
        'src/sinks/{graphite,influx,otlp,prometheus}/protocol.ts',
        'src/sinks/otlp/{counter-starts,protobuf,protobuf-answer}.ts',
        'src/sinks/prometheus/{series,snappy}.ts',
      ],
      thresholds: { statements: 100 },
    },
  },
});
