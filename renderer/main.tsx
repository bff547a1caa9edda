// First of all: zone.js has to be there before React keeps promises and timers of its own.
import { tracing } from './telemetry.ts';
import './styles/tokens.css';
import './styles/base.css';
import './ui/table.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { getApi } from './api.ts';
import { listenForShortcuts } from './shell/shortcuts.ts';
import { followTheme } from './shell/theme.ts';
import { afterRun, loadAtStart, reportError } from './store/commands.ts';
import { tellRestore } from './store/deckCommands.ts';
import { startFeed } from './store/feed.ts';
import { useStore } from './store/index.ts';
import { followGoals } from './store/goals.ts';
import { followLinks } from './store/links.ts';
import { followUndo } from './store/undoOffers.ts';
import { followWatchedFiles } from './store/watchedFiles.ts';
import { ErrorBoundary } from './ui/ErrorBoundary.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
tracing.watchActions(window);
tracing.watchActions(root);
addEventListener('pagehide', () => tracing.leave());

followTheme();
listenForShortcuts();

createRoot(root).render(
  <StrictMode>
    <ErrorBoundary name="Tracedeck">
      <App />
    </ErrorBoundary>
  </StrictMode>,
);

startFeed(getApi(), useStore, { onRunSettled: afterRun, onError: reportError });
loadAtStart();
followLinks();
void tellRestore();
followGoals();
followUndo();
followWatchedFiles();

// A file that nobody takes must not replace the app.
addEventListener('dragover', (event) => event.preventDefault());
addEventListener('drop', (event) => event.preventDefault());

// Two frames: the first draws, the second knows that it was drawn.
requestAnimationFrame(() =>
  requestAnimationFrame(() => {
    document.documentElement.dataset.ready = 'true';
    requestIdleCallback(fetchNext);
  }),
);

/** What is wanted next, most likely. */
function fetchNext(): void {
  void import('./views/generate/ListScreen.tsx');
  void import('./views/generate/RunScreen.tsx');
  void import('./shell/HelpDialog.tsx');
}
