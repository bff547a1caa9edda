import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { SpanRecord } from '../../../../shared/span.ts';
import { PROJECT_ROOT } from '../../../harness/environment.ts';

const INDEX = join(PROJECT_ROOT, 'electron/telemetry/index.ts');

/** Decorators are no JavaScript yet: the compiler makes some of them, and the result is run by itself. */
const FIXTURE = `
import { initTelemetry, recordedSpans, span } from ${JSON.stringify(pathToFileURL(INDEX).href)};
let telemetry = null;
const current = () => telemetry;

class Deck {
  factor = 2;
  @span(current) save(count: number, label: string): string { return label + count * this.factor + this.#check(); }
  @span(current, 'deck load') async load(): Promise<number> { await null; this.save(1, 'x'); return this.factor; }
  @span(current, { kind: 'client', attributes: (n: number) => ({ n }) }) static open(n: number): string { return this.name + n; }
  @span(current) #check(): string { return '!'; }
  @span(current, 'pages') *pages() { yield 1; yield 2; }
  @span(current) fail(): never { throw new RangeError('no'); }
  @span(current) [Symbol.for('symbolic')]() { return 's'; }
}
telemetry = initTelemetry({ version: '1' });
const deck = new Deck();
const results = [deck.save(2, 'n'), await deck.load(), Deck.open(5), [...deck.pages()], deck[Symbol.for('symbolic')]()];
try { deck.fail(); } catch (thrown) { results.push(thrown.message); }
results.push(Deck.prototype.save.name, Deck.prototype.save.length);
console.log(JSON.stringify({ results, spans: recordedSpans(telemetry) }));
`;

it('makes spans of decorated methods: own, private, static, asynchronous, generating, failing', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tracedeck-decorator-'));
  const run = promisify(execFile);
  try {
    writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
    writeFileSync(join(dir, 'fixture.ts'), FIXTURE);
    const tsc = join(PROJECT_ROOT, 'node_modules/typescript/bin/tsc');
    const flags = '--target es2022 --module esnext --moduleResolution bundler --noCheck';
    await run(process.execPath, [tsc, join(dir, 'fixture.ts'), ...flags.split(' ')], { cwd: dir });
    const { stdout } = await run(process.execPath, [join(dir, 'fixture.js')], { cwd: PROJECT_ROOT });
    const { results, spans } = JSON.parse(stdout) as { results: unknown[]; spans: SpanRecord[] };
    expect(results).toStrictEqual(['n4!', 2, 'Deck5', [1, 2], 's', 'no', 'save', 2]);
    expect(spans.map(({ name }) => name).sort()).toStrictEqual(
      ['#check', '#check', 'deck load', 'fail', 'open', 'pages', 'save', 'save', 'symbolic'].sort(),
    );
    const named = (name: string) => spans.filter((one) => one.name === name);
    expect(named('save')[1]!.parentSpanId).toBe(named('deck load')[0]!.spanId);
    expect(named('#check')[1]!.parentSpanId).toBe(named('save')[1]!.spanId);
    expect(named('open')[0]).toMatchObject({ kind: 'client', attributes: { n: 5 } });
    expect(named('fail')[0]).toMatchObject({ status: 'error' });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
