import './traces.css';
import './foundList.css';
import './compare.css';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { useSearchKey } from '../../shell/useSearchKey.ts';
import { loadRuns } from '../../store/commands.ts';
import { useStore } from '../../store/index.ts';
import { selectIsImporting, selectRoute } from '../../store/selectors.ts';
import { chooseTraceFiles } from '../../store/traceCommands.ts';
import type { SearchRoute } from '../../store/traceCommands.ts';
import { Button } from '../../ui/Button.tsx';
import type { QueryFieldHandle } from '../../ui/QueryField.tsx';
import { FoundList } from './FoundList.tsx';
import { ImportReports } from './ImportReports.tsx';
import { RunList } from './RunList.tsx';
import { ModeSwitch, SearchBar } from './SearchHead.tsx';
import { preloadTraceView } from './StoredTrace.tsx';
import { TraceScreen } from './TraceScreen.tsx';

const FlameMode = lazy(async () => ({ default: (await import('./FlameMode.tsx')).FlameMode }));
const CompareMode = lazy(async () => ({ default: (await import('./CompareMode.tsx')).CompareMode }));

/** The search for traces, or one of them opened. */
export function TracesView() {
  const route = useStore(selectRoute);
  useEffect(() => void loadRuns(), []);
  useEffect(preloadTraceView, []);
  if (route.view !== 'traces') return null;
  return (
    <>
      {route.traceId !== undefined ? (
        <TraceScreen key={route.traceId} route={route} />
      ) : (
        <SearchScreen route={route} />
      )}
      <ImportReports />
    </>
  );
}

function ImportButton() {
  const isBusy = useStore(selectIsImporting);
  return (
    <Button
      icon="import"
      // Not `disabled`: it would lose the focus, and what is told in the end could not give it back.
      aria-disabled={isBusy}
      title="OTLP, Jaeger, Chrome trace and Zipkin files; dropping them on the window does the same"
      onClick={() => !isBusy && void chooseTraceFiles()}
    >
      {isBusy ? 'Importing…' : 'Import…'}
    </Button>
  );
}

function SearchScreen({ route }: { readonly route: SearchRoute }) {
  const mode = route.mode ?? 'list';
  const field = useRef<QueryFieldHandle>(null);
  useSearchKey(field);
  const hasSearch = mode === 'list' || mode === 'flame';
  return (
    <div className="view traces-view">
      <header className="view-head">
        <h1>Traces</h1>
        <ModeSwitch mode={mode} />
        <span className="grow" />
        <ImportButton />
      </header>
      {hasSearch && <SearchBar route={route} field={field} hasGroups={mode === 'list'} />}
      <div className="view-body">
        <div className="panel traces-panel">
          <Suspense fallback={<p className="loading muted">Opening…</p>}>
            {mode === 'list' && <FoundList route={route} />}
            {mode === 'runs' && (
              <div className="traces-scroll">
                <RunList />
              </div>
            )}
            {mode === 'flame' && <FlameMode route={route} />}
            {mode === 'compare' && <CompareMode route={route} />}
          </Suspense>
        </div>
      </div>
    </div>
  );
}
