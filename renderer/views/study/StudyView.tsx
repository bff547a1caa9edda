import './study.css';
import { useEffect } from 'react';
import { loadDeckTree } from '../../store/deckCommands.ts';
import { getState, useStore } from '../../store/index.ts';
import type { StudyTab } from '../../store/route.ts';
import { selectDeckVersion, selectRoute, selectVisit } from '../../store/selectors.ts';
import { Segmented } from '../../ui/Segmented.tsx';
import { DeckChooser } from './DeckChooser.tsx';
import { StatisticsView } from './StatisticsView.tsx';
import { StudySession } from './StudySession.tsx';

const TABS: readonly { readonly id: StudyTab; readonly label: string }[] = [
  { id: 'study', label: 'Study' },
  { id: 'statistics', label: 'Statistics' },
];

/** Cards that are due, deck by deck; a session once one was chosen; figures of all of it. */
export function StudyView() {
  const route = useStore(selectRoute);
  const visit = useStore(selectVisit);
  const version = useStore(selectDeckVersion);
  const isAsking = route.view === 'study' && (route.tab ?? 'study') === 'study' && route.mode !== undefined;
  // Not after every rating: the next card would wait for it.
  useEffect(() => {
    if (!isAsking) void loadDeckTree();
  }, [version, isAsking]);
  if (route.view !== 'study') return null;
  const { tab = 'study', deck, mode } = route;
  if (tab === 'study' && mode !== undefined) {
    return <StudySession key={visit} deck={deck ?? null} mode={mode} />;
  }
  return (
    <div className="view">
      <header className="view-head">
        <h1>Study</h1>
        <span className="grow" />
        <Segmented
          label="Part"
          options={TABS}
          value={tab}
          onChange={(next) => getState().navigated({ ...route, tab: next })}
        />
      </header>
      <div className="view-body view-scroll">
        {tab === 'study' ? <DeckChooser /> : <StatisticsView deck={deck ?? null} />}
      </div>
    </div>
  );
}
