import { useEffect, useState } from 'react';
import { ATTR } from '../../../shared/span.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import type { ErrorGroup } from '../../../shared/traceQuery.ts';
import { formatDuration } from '../../../shared/units.ts';
import { lengthMs } from '../../../shared/nanoseconds.ts';
import { stepText } from '../../charts/lineTip.ts';
import { askPath } from '../../store/insightCommands.ts';
import { Button } from '../../ui/Button.tsx';
import { openSpan } from '../traces/openTrace.ts';
import { openTraces } from './insightRoute.ts';

/** Examples of a fault, and the exact path of the newest: from the root down to the span that failed. */
export function ErrorDetails({ group }: { readonly group: ErrorGroup }) {
  const { examples, errorType, name, service } = group;
  const [chosen, setChosen] = useState(0);
  const example = examples[chosen] ?? examples[0];
  return (
    <div className="error-details">
      <div className="row row-wrap">
        <span className="faint small">Examples</span>
        {examples.map((each, index) => (
          <Button
            key={`${each.traceId} ${each.spanId}`}
            tone="quiet"
            aria-pressed={each === example}
            className={each === example ? 'is-on' : undefined}
            onClick={() => setChosen(index)}
          >
            {stepText(each.timeMs)}
          </Button>
        ))}
        <span className="grow" />
        <Button
          icon="search"
          onClick={() =>
            void openTraces({
              error: true,
              name,
              service,
              ...(errorType === '' ? {} : { [ATTR.errorType]: errorType }),
            })
          }
        >
          All traces with it
        </Button>
        {example !== undefined && (
          <Button tone="primary" icon="traces" onClick={() => openSpan(example)}>
            Open at the span
          </Button>
        )}
      </div>
      {example !== undefined && <FailingPath key={example.spanId} {...example} />}
    </div>
  );
}

/** What a step was about, where it is a call: enough to know it again. */
const ABOUT = [
  'url.full',
  'url.path',
  'http.route',
  'db.query.summary',
  'gen_ai.request.model',
  ATTR.itemRow,
] as const;

function FailingPath({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }) {
  const [path, setPath] = useState<readonly SpanRecord[] | null | 'fault'>(null);
  useEffect(() => {
    let isWanted = true;
    askPath(traceId, spanId).then(
      (found) => isWanted && setPath(found),
      () => isWanted && setPath('fault'),
    );
    return () => {
      isWanted = false;
    };
  }, [traceId, spanId]);
  if (path === null) return <p className="faint small">Reading its path…</p>;
  if (path === 'fault') return <p className="small has-errors">The trace could not be read.</p>;
  if (path.length === 0) return <p className="faint small">This trace is no longer in the store.</p>;
  const rootMs = path[0]!.startMs;
  return (
    <ol className="failing-path" aria-label="Path to the span that failed">
      {path.map((span) => {
        const about = ABOUT.map((key) => span.attributes[key]).find((value) => value !== undefined);
        return (
          <li key={span.spanId} className={span.status === 'error' ? 'is-failed' : undefined}>
            <button
              data-action="Open span"
              type="button"
              className="link"
              onClick={() => openSpan({ traceId, spanId: span.spanId })}
            >
              {span.name}
            </button>
            {about !== undefined && <code className="small muted truncate">{String(about)}</code>}
            <span className="faint small num">
              +{formatDuration(lengthMs(rootMs, span.startMs))}
              {span.endMs !== null && `, took ${formatDuration(lengthMs(span.startMs, span.endMs))}`}
            </span>
            {span.status === 'error' && <span className="small error-text">{span.statusMessage}</span>}
          </li>
        );
      })}
    </ol>
  );
}
