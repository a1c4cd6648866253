import { defineConfig } from 'vitest/config';

/** The suite against real servers: `npm run test:integration`. */
export default defineConfig({
  test: {
    include: ['test/integration/**/*.test.ts', 'test/packaging/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 3, // each starts servers of its own, and waits for them
    testTimeout: 120_000, // the bound of all waiting; no test measures time
    hookTimeout: 300_000, // some build packages, and fetch what goes into them
  },
});
