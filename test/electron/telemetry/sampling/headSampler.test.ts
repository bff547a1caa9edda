import { ROOT_CONTEXT, SpanKind, trace, TraceFlags } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SamplingDecision,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { createHeadSampler } from '../../../../electron/telemetry/sampling/headSampler.ts';
import type { HeadSampler } from '../../../../electron/telemetry/sampling/headSampler.ts';
import { createIdGenerator } from '../../../../electron/telemetry/tracing/idGenerator.ts';

const SPAN_ID = '00f067aa0ba902b7';
const ids = createIdGenerator();

function newTraceId(): string {
  ids.generateSpanId();
  return ids.generateTraceId();
}
function isRecorded(
  sampler: HeadSampler,
  traceId: string,
  name = 'a',
  context: Context = ROOT_CONTEXT,
): boolean {
  const { decision } = sampler.shouldSample(context, traceId, name, SpanKind.INTERNAL, {}, []);
  return decision === SamplingDecision.RECORD_AND_SAMPLED;
}
function under(traceId: string, sampled: boolean, isRemote: boolean): Context {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: SPAN_ID, traceFlags, isRemote });
}

describe('headSampler', () => {
  it('gives every trace id the verdict that OpenTelemetry gives it', () => {
    for (const ratio of [0, 0.001, 0.1, 0.5, 0.9, 1]) {
      const ours = createHeadSampler({ ratio, perSecond: {} });
      const theirs = new TraceIdRatioBasedSampler(ratio);
      let recorded = 0;
      for (let i = 0; i < 5000; i += 1) {
        const traceId = i % 10 === 0 ? newTraceId().toUpperCase() : newTraceId();
        const isOurs = isRecorded(ours, traceId);
        const { decision } = theirs.shouldSample(ROOT_CONTEXT, traceId);
        expect(isOurs).toBe(decision === SamplingDecision.RECORD_AND_SAMPLED);
        recorded += isOurs ? 1 : 0;
      }
      expect(ours.dropped()).toBe(5000 - recorded);
      expect(Math.abs(recorded / 5000 - ratio)).toBeLessThan(0.03);
    }
  });

  it('lets a parent decide for its children, here and from elsewhere, whatever the ratio', () => {
    const traceId = newTraceId();
    for (const ratio of [0, 1]) {
      for (const isRemote of [true, false]) {
        const sampler = createHeadSampler({ ratio, perSecond: {} });
        expect(isRecorded(sampler, traceId, 'a', under(traceId, true, isRemote))).toBe(true);
        expect(isRecorded(sampler, traceId, 'a', under(traceId, false, isRemote))).toBe(false);
        expect(sampler.dropped()).toBe(1);
      }
    }
  });

  it('takes a span under an invalid parent for the root that the tracer makes of it', () => {
    const invalid = under('0'.repeat(32), false, true);
    expect(isRecorded(createHeadSampler({ ratio: 1, perSecond: {} }), newTraceId(), 'a', invalid)).toBe(true);
    expect(isRecorded(createHeadSampler({ ratio: 0, perSecond: {} }), newTraceId(), 'a', invalid)).toBe(
      false,
    );
  });

  it('records no more spans of a name than its limit and one second of it at once', () => {
    let now = 1000;
    const sampler = createHeadSampler({ ratio: 1, perSecond: { busy: 10, never: 0, rare: 0.5 } }, () => now);
    const recorded = { busy: 0, never: 0, rare: 0, free: 0 };
    const names = Object.keys(recorded) as (keyof typeof recorded)[];
    // Ten seconds, 100 spans a second of each name.
    for (let i = 0; i < 1000; i += 1) {
      for (const name of names) if (isRecorded(sampler, newTraceId(), name)) recorded[name] += 1;
      now += 10;
    }
    expect(recorded).toEqual({ busy: 10 + 99, never: 0, rare: 1 + 4, free: 1000 });
    expect(sampler.dropped()).toBe(4000 - 109 - 5 - 1000);

    now += 3_600_000;
    let burst = 0;
    while (isRecorded(sampler, newTraceId(), 'busy')) burst += 1;
    expect(burst).toBe(10);
  });

  it('limits children as well', () => {
    const sampler = createHeadSampler({ ratio: 1, perSecond: { busy: 2 } }, () => 0);
    const traceId = newTraceId();
    const parent = under(traceId, true, false);
    expect([1, 2, 3].map(() => isRecorded(sampler, traceId, 'busy', parent))).toEqual([true, true, false]);
  });

  it('limits spans of elsewhere as its own, with one answer for each, and with all beneath a refused one', () => {
    const sampler = createHeadSampler({ ratio: 1, perSecond: { busy: 2 } }, () => 0);
    const traceId = newTraceId();
    const foreign = (name: string, parentSpanId: string | null = null) => ({
      traceId,
      spanId: ids.generateSpanId(),
      parentSpanId,
      name,
    });
    const roots = [1, 2, 3].map(() => foreign('busy'));
    const admit = () => roots.map((span) => sampler.admits(span, true));
    expect([admit(), admit()]).toEqual([
      [true, true, false],
      [true, true, false],
    ]);
    const child = foreign('free', roots[2]!.spanId);
    expect(sampler.admits(child, true)).toBe(false);
    expect(sampler.admits(foreign('free', child.spanId), true)).toBe(false);
    expect(sampler.admits(foreign('free', roots[0]!.spanId), true)).toBe(true);
    // What was admitted there is not admitted here as well.
    expect(isRecorded(sampler, traceId, 'busy', under(traceId, true, true))).toBe(false);
    expect(sampler.dropped()).toBe(1);
    // The share of traces counts where nobody has decided yet, and nowhere else.
    sampler.configure({ ratio: 0, perSecond: {} });
    expect([sampler.admits(foreign('free'), true), sampler.admits(foreign('free'), false)]).toEqual([
      false,
      true,
    ]);
  });

  it('remembers no more answers than it says', () => {
    let now = 0;
    const sampler = createHeadSampler({ ratio: 1, perSecond: { busy: 1 } }, () => now);
    const first = { traceId: newTraceId(), spanId: ids.generateSpanId(), parentSpanId: null, name: 'busy' };
    expect(sampler.admits(first, false)).toBe(true);
    for (let i = 0; i < 5000; i += 1) sampler.admits({ ...first, spanId: ids.generateSpanId() }, false);
    // Forgotten: it is asked for anew.
    expect(sampler.admits(first, false)).toBe(false);
    now = 1000;
    expect(sampler.admits({ ...first, spanId: ids.generateSpanId() }, false)).toBe(true);
  });

  it('goes on when the clock jumps back', () => {
    let now = 1_000_000;
    const sampler = createHeadSampler({ ratio: 1, perSecond: { busy: 10 } }, () => now);
    while (isRecorded(sampler, newTraceId(), 'busy'));
    now = 0;
    expect(isRecorded(sampler, newTraceId(), 'busy')).toBe(false);
    now = 150;
    expect(isRecorded(sampler, newTraceId(), 'busy')).toBe(true);
  });

  it('takes new settings at once, and fills no limit up by that', () => {
    const sampler = createHeadSampler({ ratio: 1, perSecond: { busy: 3 } }, () => 0);
    while (isRecorded(sampler, newTraceId(), 'busy'));
    sampler.configure({ ratio: 1, perSecond: { busy: 100, constructor: 0 } });
    expect(isRecorded(sampler, newTraceId(), 'busy')).toBe(false);
    expect(isRecorded(sampler, newTraceId(), 'constructor')).toBe(false);
    expect(isRecorded(sampler, newTraceId(), 'toString')).toBe(true);
    sampler.configure({ ratio: 0, perSecond: {} });
    expect(isRecorded(sampler, newTraceId(), 'busy')).toBe(false);
    sampler.configure({ ratio: 1, perSecond: {} });
    expect(isRecorded(sampler, newTraceId(), 'busy')).toBe(true);
    expect(String(sampler)).toBe('HeadSampler{ratio=1, limits=0}');
  });

  it('drops with a span all that lies under it, and counts every one', () => {
    const exporter = new InMemorySpanExporter();
    const sampler = createHeadSampler({ ratio: 1, perSecond: { item: 5 } }, () => 0);
    const provider = new BasicTracerProvider({
      sampler,
      idGenerator: createIdGenerator(),
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    const tracer = provider.getTracer('test');
    const run = tracer.startSpan('run', {}, ROOT_CONTEXT);
    const inRun = trace.setSpan(ROOT_CONTEXT, run);
    for (let i = 0; i < 20; i += 1) {
      const item = tracer.startSpan('item', {}, inRun);
      const stage = tracer.startSpan('stage', {}, trace.setSpan(inRun, item));
      tracer.startSpan('call', {}, trace.setSpan(inRun, stage)).end();
      stage.end();
      item.end();
    }
    run.end();
    const spans = exporter.getFinishedSpans();
    const known = new Set(spans.map((span) => span.spanContext().spanId));
    expect(spans).toHaveLength(1 + 5 * 3);
    expect(spans.filter(({ parentSpanContext: parent }) => parent && !known.has(parent.spanId))).toEqual([]);
    expect(sampler.dropped()).toBe(15 * 3);
  });
});
