import './generate.css';
import { lazy } from 'react';
import { useStore } from '../../store/index.ts';
import { selectRoute, selectShownRun, selectSource } from '../../store/selectors.ts';
import { StartScreen } from './StartScreen.tsx';

// The first screen is there without what comes after it; the shell fetches that once nothing else is to be done.
const PromptsScreen = lazy(async () => ({ default: (await import('./PromptsScreen.tsx')).PromptsScreen }));
const ListScreen = lazy(async () => ({ default: (await import('./ListScreen.tsx')).ListScreen }));
const RunScreen = lazy(async () => ({ default: (await import('./RunScreen.tsx')).RunScreen }));

/** From a list or notes to cards: choose them, look it over, watch it run. */
export function GenerateView() {
  const route = useStore(selectRoute);
  const run = useStore(selectShownRun);
  const source = useStore(selectSource);

  return (
    <div className="view generate">
      {route.view === 'generate' && route.page === 'prompts' ? (
        <PromptsScreen />
      ) : run !== undefined ? (
        <RunScreen run={run} />
      ) : source !== null ? (
        <ListScreen source={source} />
      ) : (
        <StartScreen />
      )}
    </div>
  );
}
