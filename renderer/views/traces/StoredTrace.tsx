import { Suspense, lazy, useEffect, useState } from 'react';
import type { CallError } from '../../../shared/ipc.ts';
import { decodeSpans } from '../../../shared/spanCodec.ts';
import { getApi, toCallError } from '../../api.ts';
import { SpanTable } from '../../derive/spanTable.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';

const TraceView = lazy(async () => ({ default: (await import('../../flame/TraceView.tsx')).TraceView }));

type Load =
  | { readonly state: 'loading' }
  | { readonly state: 'loaded'; readonly spans: SpanTable }
  | { readonly state: 'failed'; readonly error: CallError };

type Props = { readonly traceId: string; readonly compact?: boolean };

/** A trace out of the store, in a table of its own: the live one keeps only what is recent. */
export function StoredTrace({ traceId, compact = false }: Props) {
  const [attempt, setAttempt] = useState(0);
  return (
    <Loading
      key={`${traceId} ${attempt}`}
      traceId={traceId}
      compact={compact}
      onRetry={() => setAttempt(attempt + 1)}
    />
  );
}

function Loading({ traceId, compact, onRetry }: Props & { onRetry: () => void }) {
  const [load, setLoad] = useState<Load>({ state: 'loading' });
  useEffect(() => {
    let wanted = true;
    getApi()
      .trace({ traceId })
      .then((bytes) => {
        if (!wanted) return;
        const spans = new SpanTable();
        spans.upsert(decodeSpans(bytes));
        setLoad({ state: 'loaded', spans });
      })
      .catch((thrown: unknown) => {
        if (wanted) setLoad({ state: 'failed', error: toCallError(thrown) });
      });
    return () => {
      wanted = false;
    };
  }, [traceId]);

  if (load.state === 'loading') {
    return (
      <p role="status" className="loading muted">
        Reading the trace…
      </p>
    );
  }
  if (load.state === 'failed') {
    return (
      <EmptyState
        icon="warning"
        title="This trace could not be read"
        actions={
          <Button icon="retry" onClick={onRetry}>
            Try again
          </Button>
        }
      >
        {load.error.message} {load.error.hint}
      </EmptyState>
    );
  }
  if (load.spans.trace(traceId) === null) {
    return (
      <EmptyState icon="traces" title="This trace holds no spans">
        They may have been removed to keep the store within its limits.
      </EmptyState>
    );
  }
  return (
    <Suspense fallback={<p className="loading muted">Opening…</p>}>
      <TraceView
        traceId={traceId}
        spans={load.spans}
        version={load.spans.version}
        live={false}
        compact={compact ?? false}
      />
    </Suspense>
  );
}
