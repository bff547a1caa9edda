/** Writes what one Vitest run came to, for run.ts to count. */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

export const RESULT_ENV_NAME = 'TRACEDECK_RESULT_FILE';

export type RunResult = {
  readonly tests: readonly {
    readonly name: string;
    readonly file: string;
    readonly state: 'passed' | 'failed' | 'skipped';
    /** Why it was skipped, as given to `context.skip(reason)`. */
    readonly note: string | null;
  }[];
  /** What failed outside of any test: a file that does not load, a hook, an unhandled rejection. */
  readonly errors: readonly string[];
};

export default class ResultReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { readonly message?: string }[]): void {
    const path = process.env[RESULT_ENV_NAME];
    if (path === undefined) return;
    const result: RunResult = {
      tests: modules.flatMap(testsOf),
      errors: [
        ...modules.flatMap((module) => errorsOf(module)),
        ...unhandled.map((error) => `unhandled: ${firstLine(error.message)}`),
      ],
    };
    writeFileSync(path, JSON.stringify(result));
  }
}

function testsOf(module: TestModule): RunResult['tests'] {
  const file = relative(process.cwd(), module.moduleId);
  return [...module.children.allTests()].map((test) => {
    const result = test.result();
    // A test that is still pending when the run ends did not pass.
    const state = result.state === 'pending' ? 'failed' : result.state;
    return { name: test.fullName, file, state, note: (result.state === 'skipped' && result.note) || null };
  });
}

function errorsOf(module: TestModule): string[] {
  const file = relative(process.cwd(), module.moduleId);
  const suites = [...module.children.allSuites()].flatMap((suite) => suite.errors());
  return [...module.errors(), ...suites].map((error) => `${file}: ${firstLine(error.message)}`);
}

function firstLine(text: string | undefined): string {
  return (text ?? 'unknown error').split('\n')[0]!;
}
