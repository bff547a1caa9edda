/** OTLP from one process to another through the terminal: what is received, what is said where it cannot be. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOtlpExporter } from '../../electron/telemetry/export/otlpExporter.ts';
import type { OtlpProtocol } from '../../shared/telemetrySettings.ts';
import type { FoundTrace } from '../../shared/traceQuery.ts';
import { exportContext, numberedSpans, otlpSettings } from '../electron/telemetry/export/exportRecords.ts';
import { cliJson, startCli } from '../harness/cli.ts';
import type { CliResult } from '../harness/cli.ts';
import { freePort } from '../harness/freePort.ts';

let folder: string;
const ends: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-receive-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
});

type Receiving = {
  readonly url: Readonly<Record<OtlpProtocol, string>>;
  interrupt(): Promise<CliResult>;
};
async function receiving(env: Record<string, string> = {}): Promise<Receiving> {
  const [http, grpc] = [await freePort(), await freePort()];
  const args = ['trace', 'receive', '--http', String(http), '--grpc', String(grpc)];
  const { child, finished } = startCli(join(folder, 'receiver'), args, { env });
  ends.push(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr!.on('data', (text: string) => (said += text));
  await expect.poll(() => said, { timeout: 20_000 }).toContain('Until Ctrl+C.');
  const overHttp = `http://127.0.0.1:${http}`;
  return {
    url: { 'http/protobuf': overHttp, 'http/json': overHttp, grpc: `http://127.0.0.1:${grpc}` },
    interrupt() {
      child.kill('SIGINT');
      return finished;
    },
  };
}

const sending = (url: string, protocol: OtlpProtocol): Record<string, string> => ({
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
});
/** A command that records spans, in another data folder. */
const command = (env: Record<string, string>) =>
  startCli(join(folder, 'sender'), ['generate', 'examples/korean-sample.csv'], { env }).finished;

describe('trace receive', () => {
  it('keeps all that was sent over each protocol until Ctrl+C, and ends with 0', async () => {
    const { url, interrupt } = await receiving();
    for (const [at, protocol] of (['http/protobuf', 'http/json', 'grpc'] as const).entries()) {
      const exporter = createOtlpExporter(otlpSettings(url[protocol], { protocol }), exportContext());
      exporter.spans(numberedSpans(at * 100, 100));
      expect(await exporter.flush(10_000)).toBe(true);
      await exporter.close(1000);
    }
    const { code, signal, stderr } = await interrupt();
    expect([code, signal]).toEqual([0, null]);
    expect(stderr).toMatch(
      /\d+ requests: 300 spans, 0 log records, 0 metric points; 0 of them refused, and 0 requests\.\n$/,
    );
    const traces = await cliJson<FoundTrace[]>(join(folder, 'receiver'), ['trace', 'list']);
    expect(traces.reduce((sum, { spanCount }) => sum + spanCount, 0)).toBe(300);
  });

  it('is told of by the sender where its token is wrong', async () => {
    const { url, interrupt } = await receiving({ TRACEDECK_RECEIVER_TOKEN: 'open-sesame' });
    const { code, stderr } = await command({
      ...sending(url['http/protobuf'], 'http/protobuf'),
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20guessed',
    });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Exporter otlp \(http:.*\): .*401.*not the token.* \d[\d,]* refused\.$/m);
    expect(stderr).not.toContain('guessed');
    const well = await command({
      ...sending(url.grpc, 'grpc'),
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20open-sesame',
    });
    expect([well.code, well.stderr]).toEqual([0, expect.not.stringContaining('Exporter')]);
    expect((await interrupt()).stderr).toMatch(/ [1-9][\d,]* spans, /);
  });

  it('ends at once where its ports are taken, and promises nothing', async () => {
    const { url } = await receiving();
    const { port } = new URL(url.grpc);
    const { code, stderr } = await startCli(join(folder, 'second'), ['trace', 'receive', '--grpc', port])
      .finished;
    expect([code, stderr]).toEqual([
      1,
      `grpc: Port ${port} is taken by another program, perhaps an OpenTelemetry Collector. End that program, or choose another port for OTLP over gRPC.\n`,
    ]);
  });
});

describe('a command with OTEL_ variables', () => {
  it('says which of them are of no use, and what waits for an endpoint that is away', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await command({
      ...sending(url, 'http/json'),
      OTEL_EXPORTER_OTLP_TIMEOUT: 'soon',
    });
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^OTEL_EXPORTER_OTLP_TIMEOUT is not a whole number from 100 to 600000, and ignored\.\n/,
    );
    expect(stderr).toMatch(
      /\nExporter otlp \(http:.*\): No connection: .*ECONNREFUSED.* \d[\d,]* waiting on disk\.\n$/,
    );
  });
});
