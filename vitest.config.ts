import { defineConfig } from 'vitest/config';

/** How long a poll waits for what a page or a process does: long, as a busy machine is no fault of ours. */
const PATIENT = { poll: { timeout: 15_000 } };

/** Four projects: what runs in Node alone, the window's parts (many in a browser), whole processes, the app in a real Electron. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{shared,electron}/**/*.test.ts'],
          environment: 'node',
          expect: PATIENT,
          // Much of it waits for a server, a file or a thread: two files at a time take little more than half as long.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'renderer',
          include: ['test/renderer/**/*.test.{ts,tsx}'],
          environment: 'node',
          expect: PATIENT,
          globalSetup: ['test/harness/browserSetup.ts'],
          // A browser takes both processors.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          environment: 'node',
          expect: PATIENT,
          globalSetup: ['test/harness/buildSetup.ts'],
          testTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          environment: 'node',
          expect: PATIENT,
          globalSetup: ['test/harness/electronSetup.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['{electron,shared,renderer}/**/*.{ts,tsx}'] },
  },
});
