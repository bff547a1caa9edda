/** Counts what a test run came to; every check and every test is one. */
import type { RunResult } from './resultReporter.ts';

export type Part = {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly durationMs: number;
  /** One line for everything that failed or was skipped. */
  readonly remarks: readonly string[];
};

/** A tool that either succeeds or does not. */
export function tallyCheck(name: string, code: number | null, durationMs: number): Part {
  const isGood = code === 0;
  return { name, passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0, durationMs, remarks: [] };
}

/**
 * One Vitest project. `null` for a run that wrote no result; a run that fails without naming a failure, and
 * a test that is skipped without a reason, fail as well.
 */
export function tallyTests(
  name: string,
  result: RunResult | null,
  code: number | null,
  durationMs: number,
): Part {
  const remarks: string[] = [];
  let [passed, failed, skipped] = [0, 0, 0];
  const fail = (remark: string): void => {
    failed += 1;
    remarks.push(`failed: ${remark}`);
  };
  for (const test of result?.tests ?? []) {
    const where = `${test.file} > ${test.name}`;
    if (test.state === 'passed') passed += 1;
    else if (test.state === 'failed') fail(where);
    else if (test.note === null) fail(`${where} (skipped without a reason)`);
    else {
      skipped += 1;
      remarks.push(`skipped: ${where} (${test.note})`);
    }
  }
  for (const error of result?.errors ?? []) fail(error);
  if (result === null) fail(`${name}: the run ended without a result`);
  else if (passed + failed + skipped === 0) fail(`${name}: no test ran`);
  else if (code !== 0 && failed === 0) fail(`${name}: the run ended with code ${code}`);
  return { name, passed, failed, skipped, durationMs, remarks };
}

/** The closing line, which others read: `N passed, N failed`, and `, N skipped` where there are any. */
export function closingLine(parts: readonly Part[]): string {
  const sum = (key: 'passed' | 'failed' | 'skipped') => parts.reduce((total, part) => total + part[key], 0);
  const skipped = sum('skipped');
  return `${sum('passed')} passed, ${sum('failed')} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

/** The parts as an aligned table. */
export function table(parts: readonly Part[]): string {
  const rows = [
    ['', 'passed', 'failed', 'skipped', 'seconds'],
    ...parts.map((part) => [
      part.name,
      ...[part.passed, part.failed, part.skipped].map(String),
      (part.durationMs / 1000).toFixed(1),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
