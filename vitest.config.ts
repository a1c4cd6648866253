import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/integration/**', 'test/packaging/**'], // need real servers, and root: npm run test:integration
    pool: 'forks',
    maxWorkers: 3, // much of the suite waits for a tick or a process
    testTimeout: 120_000, // for tests that hang; no test measures time
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: [
        'src/config/**',
        'src/model/**',
        'src/parser/**',
        'src/plugins/{permissions,registry}.ts',
        'src/runner/{invocation,ending,stderr,stdout,trouble}.ts',
        'src/scheduler/{in-flight,ticker}.ts',
        'src/sender/**',
        'src/host/**',
        'src/self/**',
        'src/status/**',
        'src/log/**',
        'src/dashboard/web/{agent-state,commands,order,place,series,visible,words}.ts',
        'src/store/blocks.ts',
        'src/sinks/{http-answer,in-parts,name-on-host,request-size,value-text}.ts',
        'src/sinks/instrumental/{protocol,handshake}.ts',
        'src/sinks/{graphite,influx,otlp}/protocol.ts',
      ],
      thresholds: { statements: 100 },
    },
  },
});
