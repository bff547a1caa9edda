import { describe, expect, it } from 'vitest';
import { closingLine, table, tallyCheck, tallyTests } from '../../harness/tally.ts';
import type { RunResult } from '../../harness/resultReporter.ts';

type Test = RunResult['tests'][number];
const test = (state: Test['state'], note: string | null = null): Test => ({
  name: 'n',
  file: 'f.ts',
  state,
  note,
});
const tally = (result: RunResult | null, code = 0) => tallyTests('unit', result, code, 1000);

describe('counting a test run', () => {
  it('counts every test and every check as one', () => {
    const parts = [
      tallyCheck('types', 0, 10),
      tallyCheck('lint', 1, 10),
      tally({ tests: [test('passed'), test('passed'), test('failed')], errors: [] }, 1),
    ];
    expect(closingLine(parts)).toBe('3 passed, 2 failed');
    expect(table(parts).split('\n')).toEqual([
      '       passed  failed  skipped  seconds',
      'types       1       0        0      0.0',
      'lint        0       1        0      0.0',
      'unit        2       1        0      1.0',
    ]);
  });

  it('names a skipped test and its reason', () => {
    const part = tally({ tests: [test('passed'), test('skipped', 'needs macOS')], errors: [] });
    expect(closingLine([part])).toBe('1 passed, 0 failed, 1 skipped');
    expect(part.remarks).toEqual(['skipped: f.ts > n (needs macOS)']);
  });

  it.each<[string, RunResult | null, number]>([
    ['a test skipped without a reason', { tests: [test('passed'), test('skipped')], errors: [] }, 0],
    ['a file that does not load', { tests: [test('passed')], errors: ['f.ts: no such module'] }, 1],
    ['a run that ran no test', { tests: [], errors: [] }, 0],
    ['a run without a result', null, 1],
    ['a run that ends badly though every test passed', { tests: [test('passed')], errors: [] }, 1],
  ])('fails for %s', (_what, result, code) => {
    expect(tally(result, code).failed).toBe(1);
  });
});
