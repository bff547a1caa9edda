/** Conditions on what every span has: name, times, status, ids, its place in the trace, and the trace around it. */
import type { SpanIntrinsic } from '../../../shared/query/intrinsics.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '../../../shared/span.ts';
import { NO_PARENT } from '../blockTypes.ts';
import { extraSelect, idSelect, originSelect } from './attributeRows.ts';
import { booleanOf, numberOf, rounded, testOf, textOf } from './fieldQuestion.ts';
import type { Question } from './fieldQuestion.ts';
import { flagSelect, idTest, numberSelect, rowSelect, traceSelect } from './rowSelects.ts';
import type { RowFilter } from './rowSelects.ts';
import { NO_ROWS, placeOf } from './rows.ts';
import type { TraceViews } from './traceView.ts';

const STATUS_ERROR = SPAN_STATUSES.indexOf('error');

export function intrinsicFilter(name: SpanIntrinsic, question: Question): RowFilter {
  const { reader, views } = question.context;
  const { strings } = reader;
  switch (name) {
    case 'name': {
      const isMeant = textOf(question);
      return {
        cost: 1,
        select: idSelect(
          ({ name: names }) => names,
          (id) => isMeant(strings.text(id)),
        ),
      };
    }
    case 'service': {
      const isMeant = textOf(question);
      return { cost: 1, select: originSelect((id) => isMeant(strings.origin(id).service)) };
    }
    case 'version': {
      const isMeant = textOf(question);
      return { cost: 1, select: originSelect((id) => isMeant(strings.origin(id).version)) };
    }
    case 'scope.name': {
      const isMeant = textOf(question);
      const scope = (id: number) => strings.originRecord?.(id)?.scope.name ?? strings.origin(id).service;
      return { cost: 1, select: originSelect((id) => isMeant(scope(id))) };
    }
    case 'scope.version': {
      const isMeant = textOf(question);
      const scope = (id: number) => strings.originRecord?.(id)?.scope.version ?? null;
      return { cost: 1, select: originSelect((id) => isMeant(scope(id))) };
    }
    case 'kind': {
      const isMeant = textOf(question);
      return flagSelect((flags) => isMeant(SPAN_KINDS[flags & 7] ?? null));
    }
    case 'status': {
      const isMeant = textOf(question);
      return flagSelect((flags) => isMeant(SPAN_STATUSES[(flags >> 3) & 3] ?? null));
    }
    case 'error': {
      const isMeant = booleanOf(question);
      return flagSelect((flags) => isMeant(((flags >> 3) & 3) === STATUS_ERROR));
    }
    case 'status.message':
      return {
        cost: 20,
        select: extraSelect(testOf(question), ({ statusMessage }) =>
          statusMessage === null ? [] : [statusMessage],
        ),
      };
    case 'event.name':
      return {
        cost: 20,
        select: extraSelect(testOf(question), ({ events }) => events.map((event) => event.name)),
      };
    case 'link.trace.id':
      return {
        cost: 20,
        select: extraSelect(testOf(question), ({ links }) => links.map((link) => link.traceId)),
      };
    case 'link.span.id':
      return {
        cost: 20,
        select: extraSelect(testOf(question), ({ links }) => links.map((link) => link.spanId)),
      };
    case 'open': {
      const isMeant = booleanOf(question);
      return rowSelect(
        2,
        ({ durationUs }) =>
          (row) =>
            isMeant(Number.isNaN(durationUs[row]!)),
      );
    }
    case 'root': {
      const isMeant = booleanOf(question);
      return rowSelect(2, ({ parent, namedParents }) => {
        const named = namedParents.rows;
        let at = 0;
        // Rows are asked for in ascending order.
        return (row) => {
          if (parent[row]! !== NO_PARENT) return isMeant(false);
          while (at < named.length && named[at]! < row) at += 1;
          return isMeant(named[at] !== row);
        };
      });
    }
    case 'duration':
      // Before attributes: of these only what the rows that are left have is read then.
      return numberSelect(1.5, question, ({ durationUs }) => durationUs);
    case 'start':
      return numberSelect(1, question, ({ startUs }) => startUs);
    case 'self':
    case 'depth': {
      const isMeant = numberOf(question);
      return rowSelect(50, (block) => {
        // Rows of a trace lie together, so one trace is asked many times in a row.
        let view: ReturnType<TraceViews['of']> | null = null;
        return (row) => {
          const trace = block.trace[row]!;
          if (view === null || view.trace !== trace) view = views.of(trace);
          return isMeant((name === 'self' ? view.selfUs : view.depth)[view.placeOf(block, row)]!);
        };
      });
    }
    case 'span.id': {
      const isMeant = textOf(question);
      return rowSelect(3, ({ spanId }) => idTest(spanId, question, isMeant));
    }
    case 'parent.id': {
      const isMeant = textOf(question);
      return rowSelect(3, ({ parentId }) => {
        const test = idTest(parentId, question, isMeant);
        return (row) => (parentId[row * 2]! | parentId[row * 2 + 1]!) !== 0 && test(row);
      });
    }
    case 'trace.id': {
      const { op, value } = question;
      if (op === '=' && value.type === 'text') {
        const number = reader.traceNumber(value.text.toLowerCase());
        return {
          cost: 0,
          select(block, within) {
            if (number === null) return NO_ROWS;
            const from = placeOf(block.trace, number);
            const to = placeOf(block.trace, number + 1);
            return within.subarray(placeOf(within, from), placeOf(within, to));
          },
        };
      }
      const isMeant = textOf(question);
      return { cost: 3, select: traceSelect((trace) => isMeant(reader.traceId(trace))) };
    }
    case 'trace.name': {
      const isMeant = textOf(question);
      return { cost: 5, select: traceSelect((trace) => isMeant(reader.summary(trace).name)) };
    }
    case 'run': {
      const isMeant = textOf(question);
      return { cost: 5, select: traceSelect((trace) => isMeant(reader.summary(trace).runId)) };
    }
    case 'trace.duration': {
      const isMeant = numberOf(question);
      const durationUs = (trace: number) => (reader.summary(trace).durationMs ?? Number.NaN) * 1000;
      return { cost: 5, select: traceSelect((trace) => isMeant(rounded(durationUs(trace)))) };
    }
    case 'trace.spans': {
      const isMeant = numberOf(question);
      return { cost: 5, select: traceSelect((trace) => isMeant(reader.summary(trace).spanCount)) };
    }
    case 'trace.errors': {
      const isMeant = numberOf(question);
      return { cost: 5, select: traceSelect((trace) => isMeant(reader.summary(trace).errorCount)) };
    }
  }
}
