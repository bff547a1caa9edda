/** One JSON document as Jaeger's query API answers, of the latest traces; written anew and as a whole. */
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SpanRecord } from '../../../shared/span.ts';
import { JAEGER_HEAD, JAEGER_TAIL, toJaegerTrace } from '../../../shared/traceFormats/jaegerJson.ts';
import type { ExportContext } from './exporter.ts';
import type { FileSink, Tally } from './fileSink.ts';
import { makeFolder } from './makeFolder.ts';
import { rotateFiles } from './rotateFiles.ts';

const MAX_TRACES = 500;
const MAX_SPANS = 50_000;
const MIN_WAIT_MS = 500;
/** Writing takes this share of the time at most, however large the document has grown. */
const BUSY_SHARE = 0.1;

type Trace = {
  readonly spans: SpanRecord[];
  /** Of `spans`, counted from their end. */
  unwritten: number;
  /** There was no room for. */
  left: number;
};
type JaegerOptions = {
  readonly path: string;
  /** The oldest traces go where the document would be larger; the newest stays in any case. */
  readonly maxBytes: number;
  readonly maxTraces?: number;
  readonly maxSpans?: number;
};

export function openJaegerFile(
  { path, maxBytes, maxTraces = MAX_TRACES, maxSpans = MAX_SPANS }: JaegerOptions,
  { resource }: Pick<ExportContext, 'resource'>,
  tally: Tally,
): FileSink {
  /** In the order of their first span. */
  const traces = new Map<string, Trace>();
  let spanCount = 0;
  let unwritten = 0;
  let isBegun = false;
  let waitMs = MIN_WAIT_MS;

  function add(span: SpanRecord): void {
    let trace = traces.get(span.traceId);
    if (trace === undefined) {
      trace = { spans: [], unwritten: 0, left: 0 };
      traces.set(span.traceId, trace);
      if (traces.size > maxTraces) forgetOldest();
    }
    while (spanCount >= maxSpans && traces.size > 1 && oldest()[1] !== trace) forgetOldest();
    if (spanCount >= maxSpans) {
      trace.left += 1;
      tally.dropped('traces', 1);
      return;
    }
    trace.spans.push(span);
    trace.unwritten += 1;
    spanCount += 1;
    unwritten += 1;
  }

  function oldest(): readonly [string, Trace] {
    return traces.entries().next().value!;
  }

  /** Returns how many spans of it were never written. */
  function forget(traceId: string, trace: Trace): number {
    traces.delete(traceId);
    spanCount -= trace.spans.length;
    unwritten -= trace.unwritten;
    return trace.unwritten;
  }

  function forgetOldest(): void {
    tally.dropped('traces', forget(...oldest()));
  }

  /** The traces as JSON, oldest first, as many of the latest as fit. */
  function render(): Buffer[] {
    let bytes = JAEGER_HEAD.length + JAEGER_TAIL.length;
    const parts: Buffer[] = [];
    for (const [id, trace] of [...traces].toReversed()) {
      const warnings = trace.left === 0 ? null : [`${trace.left} more spans found no room.`];
      try {
        const json = Buffer.from(JSON.stringify(toJaegerTrace(resource, trace.spans, warnings)));
        bytes += json.length + 1;
        if (parts.length > 0 && bytes > maxBytes) tally.dropped('traces', forget(id, trace));
        else parts.push(json);
      } catch (error) {
        tally.unwritable('traces', forget(id, trace), error);
      }
    }
    return parts.reverse();
  }

  return {
    get waitMs() {
      return waitMs;
    },
    get isEmpty() {
      return unwritten === 0;
    },
    spans: (spans) => {
      for (const span of spans) add(span);
    },
    logs: () => undefined,
    metrics: () => undefined,
    async write() {
      const begunMs = performance.now();
      const parts = render();
      const written = [...traces.values()].map((trace) => [trace, trace.unwritten] as const);
      await makeFolder(dirname(path));
      if (!isBegun) {
        // The document of an earlier program is no part of this one.
        await rotateFiles(path);
        isBegun = true;
      }
      await replaceFile(path, parts);
      for (const [trace, count] of written) {
        // One that was forgotten meanwhile has counted these as dropped.
        if (traces.get(trace.spans[0]!.traceId) !== trace) continue;
        trace.unwritten -= count;
        unwritten -= count;
        tally.sent('traces', count);
      }
      waitMs = Math.max(MIN_WAIT_MS, (performance.now() - begunMs) / BUSY_SHARE);
    },
    clear() {
      while (traces.size > 0) forgetOldest();
    },
  };
}

/** Readers see the old document or the new one, never a part. */
async function replaceFile(path: string, parts: readonly Buffer[]): Promise<void> {
  const temporary = `${path}.tmp`;
  let file: FileHandle | null = null;
  try {
    file = await open(temporary, 'w');
    await file.appendFile(JAEGER_HEAD);
    for (const [index, part] of parts.entries()) {
      if (index > 0) await file.appendFile(',');
      await file.appendFile(part);
    }
    await file.appendFile(JAEGER_TAIL);
    await file.close();
    file = null;
    await rename(temporary, path);
  } catch (error) {
    await file?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
