/** Our own flame graph. Its input are the columns of the span table, which the window has anyway. */
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { TraceTree } from '../../../renderer/derive/traceTree.ts';
import { FlameGraph } from '../../../renderer/flame/FlameGraph.tsx';
import { timeModel } from '../../../renderer/flame/flameModel.ts';
import '../../../renderer/styles/traceView.css';
import { prepareWorker } from '../../../renderer/flame/openWorker.ts';
import { placeAhead } from '../../../renderer/flame/workerRenderer.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import type { NestedTrace } from './nestedTrace.ts';

const traceId = 'a'.repeat(32);
const idOf = (at: number) => (at + 1).toString(16).padStart(16, '0');
const CHUNK = 5000;

/** As the app reads a trace: the worker is started first, and the page rests between parts. */
export async function prepare(trace: NestedTrace): Promise<SpanTable> {
  prepareWorker(trace.count);
  const table = new SpanTable({ maxSpans: 4_000_000 });
  for (let from = 0; from < trace.count; from += CHUNK) {
    const records: SpanRecord[] = [];
    for (let at = from; at < Math.min(trace.count, from + CHUNK); at += 1) {
      const startMs = 1_700_000_000_000 + trace.startMs[at]!;
      records.push({
        traceId,
        spanId: idOf(at),
        parentSpanId: trace.parent[at]! < 0 ? null : idOf(trace.parent[at]!),
        name: trace.names[trace.name[at]!]!,
        kind: 'internal',
        startMs,
        endMs: startMs + trace.durationMs[at]!,
        status: 'unset',
        statusMessage: null,
        attributes: {},
        events: [],
        links: [],
      });
    }
    table.upsert(records);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return table;
}

/** The tree is built as part of it, as it is when the user opens a trace. */
export async function mount(root: HTMLElement, table: SpanTable): Promise<Element> {
  const tree = new TraceTree(table, traceId);
  tree.update();
  placeAhead(tree);
  const model = timeModel(tree);
  const { promise: painted, resolve: onFrame } = Promise.withResolvers<unknown>();
  const element = createElement(
    'div',
    { className: 'trace-view', style: { height: '100%' } },
    createElement(FlameGraph, {
      model,
      revision: tree.revision,
      clock: () => tree.latestMs,
      live: false,
      follow: false,
      onUnfollow: () => undefined,
      selected: -1,
      onSelect: () => undefined,
      matches: null,
      label: 'Spans of the benchmark',
      onFrame,
    }),
  );
  createRoot(root).render(element);
  await painted;
  return document.querySelector('.flame')!;
}
