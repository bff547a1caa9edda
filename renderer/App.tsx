import './app.css';
import { Suspense, lazy } from 'react';
import { Arrival } from './shell/Arrival.tsx';
import { CommandPalette } from './shell/CommandPalette.tsx';
import { DropArea } from './shell/DropArea.tsx';
import { PLACES } from './shell/places.ts';
import { Rail } from './shell/Rail.tsx';
import { StatusBar } from './shell/StatusBar.tsx';
import { getState, useStore } from './store/index.ts';
import { selectOverlay, selectRoute, selectRuleDraft, selectToasts } from './store/selectors.ts';
import { ErrorBoundary } from './ui/ErrorBoundary.tsx';
import { Toasts } from './ui/Toasts.tsx';
import { GenerateView } from './views/generate/GenerateView.tsx';

// Generate is the first screen; the others load when they are first opened.
const CardsView = lazy(async () => ({ default: (await import('./views/cards/CardsView.tsx')).CardsView }));
const StudyView = lazy(async () => ({ default: (await import('./views/study/StudyView.tsx')).StudyView }));
const TracesView = lazy(async () => ({
  default: (await import('./views/traces/TracesView.tsx')).TracesView,
}));
const InsightView = lazy(async () => ({
  default: (await import('./views/insight/InsightView.tsx')).InsightView,
}));
const LogsView = lazy(async () => ({ default: (await import('./views/logs/LogsView.tsx')).LogsView }));
const SettingsView = lazy(async () => ({
  default: (await import('./views/settings/SettingsView.tsx')).SettingsView,
}));

const HelpDialog = lazy(async () => ({ default: (await import('./shell/HelpDialog.tsx')).HelpDialog }));
const NoiseRuleDialog = lazy(async () => ({
  default: (await import('./views/settings/NoiseRuleDialog.tsx')).NoiseRuleDialog,
}));

const VIEW_COMPONENTS = {
  generate: GenerateView,
  cards: CardsView,
  study: StudyView,
  traces: TracesView,
  insight: InsightView,
  logs: LogsView,
  settings: SettingsView,
} as const;

export function App() {
  const { view } = useStore(selectRoute);
  const overlay = useStore(selectOverlay);
  const toasts = useStore(selectToasts);
  const rule = useStore(selectRuleDraft);
  const View = VIEW_COMPONENTS[view];
  const name = PLACES.find((place) => place.route.view === view)?.label ?? 'This view';
  return (
    <div className="app">
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <Rail />
      <main id="main" tabIndex={-1} aria-label={name}>
        <ErrorBoundary key={view} name={name}>
          <Suspense fallback={<p className="loading muted">Opening…</p>}>
            <View />
            <Arrival />
          </Suspense>
        </ErrorBoundary>
      </main>
      <StatusBar />
      <DropArea />
      <Toasts toasts={toasts} onDismiss={getState().toastDismissed} />
      {overlay === 'palette' && <CommandPalette />}
      <Suspense fallback={null}>
        {overlay === 'help' && <HelpDialog />}
        {rule !== null && <NoiseRuleDialog rule={rule} />}
      </Suspense>
    </div>
  );
}
