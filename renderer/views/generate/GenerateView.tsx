import './generate.css';
import { lazy, useState } from 'react';
import type { DragEvent } from 'react';
import { getApi } from '../../api.ts';
import { dropFile } from '../../store/commands.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectRoute, selectShownRun, selectSource } from '../../store/selectors.ts';
import { StartScreen } from './StartScreen.tsx';

// The first screen is there without what comes after it; the shell fetches that once nothing else is to be done.
const PromptsScreen = lazy(async () => ({ default: (await import('./PromptsScreen.tsx')).PromptsScreen }));
const ListScreen = lazy(async () => ({ default: (await import('./ListScreen.tsx')).ListScreen }));
const RunScreen = lazy(async () => ({ default: (await import('./RunScreen.tsx')).RunScreen }));

/** From a list or notes to cards: choose them, look it over, watch it run. A file may be dropped at any time. */
export function GenerateView() {
  const route = useStore(selectRoute);
  const run = useStore(selectShownRun);
  const source = useStore(selectSource);
  const [dragging, setDragging] = useState(false);

  function onDrop(event: DragEvent) {
    setDragging(false);
    const [file, ...others] = event.dataTransfer.files;
    if (file === undefined) return;
    event.preventDefault();
    if (others.length > 0) {
      const text = `Only ${file.name} was taken: one file at a time.`;
      getState().toastAdded({ tone: 'info', text, hint: null });
    }
    // A package is a deck already, and JSON is never a list of words.
    if (/\.(?:apkg|colpkg|json)$/i.test(file.name)) {
      const path = getApi().pathOfDroppedFile(file);
      getState().navigated({ view: 'cards', open: 'import', file: path });
      return;
    }
    getState().runShown(null);
    void dropFile(file);
  }

  return (
    <div
      className={dragging ? 'view generate generate-dragging' : 'view generate'}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setDragging(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDragging(false);
      }}
      onDrop={onDrop}
    >
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
