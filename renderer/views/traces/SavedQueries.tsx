import { useEffect, useState } from 'react';
import type { SavedQuery } from '../../../shared/traceQuery.ts';
import { useStore } from '../../store/index.ts';
import { selectRecentQueries, selectSavedQueries } from '../../store/selectors.ts';
import { loadSavedQueries, removeQuery, saveQuery } from '../../store/traceCommands.ts';
import { Button } from '../../ui/Button.tsx';
import { Popup } from '../../ui/Popup.tsx';

type Props = {
  readonly signal: SavedQuery['signal'];
  readonly query: string;
  readonly onOpen: (query: string) => void;
};

/** Queries that were kept under a name, and those that were asked lately. */
export function SavedQueries({ signal, query, onOpen }: Props) {
  const all = useStore(selectSavedQueries);
  const recent = useStore(selectRecentQueries);
  useEffect(() => void loadSavedQueries(), []);
  const saved = all.filter((each) => each.signal === signal);
  return (
    <Popup label="Saved" name="Saved and recent queries" role="dialog" tone="quiet" alignEnd>
      {(close) => {
        const open = (text: string) => {
          close();
          onOpen(text);
        };
        return (
          <div className="saved-queries">
            {query !== '' && <SaveForm signal={signal} query={query} saved={saved} />}
            <p className="menu-title">Saved</p>
            {saved.length === 0 && (
              <p className="menu-none faint">None yet. Ask something, then name it here.</p>
            )}
            <ul aria-label="Saved queries">
              {saved.map((each) => (
                <li key={each.name} className="saved-query">
                  <button type="button" onClick={() => open(each.query)} data-action="query.open">
                    <strong>{each.name}</strong>
                    <code className="faint truncate">{each.query}</code>
                  </button>
                  <Button tone="quiet" icon="close" iconOnly onClick={() => void removeQuery(each)}>
                    Remove {each.name}
                  </Button>
                </li>
              ))}
            </ul>
            {signal === 'traces' && recent.length > 0 && (
              <>
                <p className="menu-title">Asked lately</p>
                <ul aria-label="Asked lately">
                  {recent.map((each) => (
                    <li key={each} className="saved-query">
                      <button type="button" onClick={() => open(each)} data-action="query.open">
                        <code className="truncate">{each}</code>
                      </button>
                    </li>
                  ))}
                </ul>
              </>
            )}
          </div>
        );
      }}
    </Popup>
  );
}

function SaveForm({
  signal,
  query,
  saved,
}: Pick<Props, 'signal' | 'query'> & { saved: readonly SavedQuery[] }) {
  const known = saved.find((each) => each.query === query);
  const [name, setName] = useState(known?.name ?? '');
  const [done, setDone] = useState<string | null>(null);
  const trimmed = name.trim();
  const isReplaced = saved.some((each) => each.name === trimmed && each.query !== query);
  return (
    <form
      className="save-query"
      onSubmit={(event) => {
        event.preventDefault();
        if (trimmed === '') return;
        setDone(trimmed);
        void saveQuery({ name: trimmed, signal, query });
      }}
    >
      <label className="grow">
        <span className="visually-hidden">Name for this query</span>
        <input
          className="input"
          data-autofocus
          maxLength={100}
          placeholder="Name for this query"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <Button type="submit" disabled={trimmed === ''}>
        {isReplaced ? 'Replace' : 'Save'}
      </Button>
      <p role="status" className="visually-hidden">
        {done !== null && `Saved as ${done}`}
      </p>
    </form>
  );
}
