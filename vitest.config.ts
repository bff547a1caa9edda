import { defineConfig } from 'vitest/config';

/** How long a poll waits for what a page or a process does: long, as a busy machine is no fault of ours. */
const PATIENT = { poll: { timeout: 15_000 } };

/** Three projects: everything that runs in Node alone, whole processes, and the app in a real Electron. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{shared,electron,renderer}/**/*.test.{ts,tsx}'],
          environment: 'node',
          expect: PATIENT,
          // Much of it waits for a browser, a server or a thread: two files at a time take little more than half as long.
          maxWorkers: 2,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          environment: 'node',
          expect: PATIENT,
          testTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          environment: 'node',
          expect: PATIENT,
          globalSetup: ['test/harness/globalSetup.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['{electron,shared,renderer}/**/*.{ts,tsx}'] },
  },
});
