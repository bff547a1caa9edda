import { lazy, Suspense } from 'react';
import { getState } from '../../store/index.ts';
import { copyLink } from '../../store/links.ts';
import type { Route } from '../../store/route.ts';
import { Button } from '../../ui/Button.tsx';
import { compareTraces, openBeside } from './openTrace.ts';
import { backToList } from './backToList.ts';
import { ExportMenu } from './ExportMenu.tsx';

const TracesBeside = lazy(async () => ({
  default: (await import('../../traceView/TracesBeside.tsx')).TracesBeside,
}));

type Props = {
  readonly traceIds: readonly string[];
  readonly window?: { fromMs: number; toMs: number } | undefined;
};

/** Several traces on one axis of time. */
export function BesideScreen({ traceIds, window }: Props) {
  const [traceId = '', ...beside] = traceIds;
  const onWindow = (next: { readonly fromMs: number; readonly toMs: number } | null) => {
    const place: Route = { view: 'traces', traceId, beside };
    getState().placeChanged(next === null ? place : { ...place, window: next });
  };
  return (
    <div className="view traces-view" data-testid="beside-screen">
      <header className="view-head trace-head">
        <Button tone="quiet" icon="back" iconOnly title="All traces" onClick={backToList}>
          All traces
        </Button>
        <h1>Side by side</h1>
        <span className="grow" />
        <Button onClick={() => compareTraces(traceIds)}>Compare</Button>
        <Button icon="link" onClick={() => void copyLink()}>
          Copy link
        </Button>
        <ExportMenu selection={{ traceIds: [...traceIds] }} label="Export" alignEnd />
      </header>
      <div className="view-body">
        <div className="panel traces-panel">
          <Suspense fallback={<p className="loading muted">Opening…</p>}>
            <TracesBeside
              traceIds={traceIds}
              onWindow={onWindow}
              onRemove={(gone) => openBeside(traceIds.filter((each) => each !== gone))}
              {...(window === undefined ? {} : { initialWindow: window })}
            />
          </Suspense>
        </div>
      </div>
    </div>
  );
}
