/** How the tests run: plain Node, two files at a time, no kill -9 drills (`test/chaos` has its own runner). */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    exclude: ['test/chaos/**'],
    // One process per file: PGlite's WASM heap and the servers of a file go away with it.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
