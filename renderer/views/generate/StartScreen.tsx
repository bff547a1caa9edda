import { useState } from 'react';
import { chooseList, pasteText, showRun, trySample } from '../../store/commands.ts';
import { useStore } from '../../store/index.ts';
import { selectRuns, selectSourceBusy } from '../../store/selectors.ts';
import { formatWhen } from '../../derive/clock.ts';
import { RunBadge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { SourceFault } from './SourceFault.tsx';

const RECENT = 3;
/** Characters of a text that nobody reads in a field, and that a field takes a second to lay out. */
const LONG_TEXT = 200_000;
const READ_AS = [
  { id: 'auto', label: 'Detect' },
  { id: 'list', label: 'List' },
  { id: 'notes', label: 'Notes' },
] as const;

/** Nothing is loaded: three ways in, and the way back to the last runs. */
export function StartScreen() {
  const busy = useStore(selectSourceBusy);
  const recent = useStore(selectRuns).slice(0, RECENT);
  const [text, setText] = useState('');
  const [as, setAs] = useState<'auto' | 'list' | 'notes'>('auto');
  const use = (chosen: string) => void pasteText(chosen, as === 'auto' ? undefined : as);
  return (
    <div className="start">
      <header>
        <h1>Turn lists and notes into cards</h1>
        <p className="muted">
          One word a line is enough. Columns such as meaning, reading or example are used first; only blanks
          are filled in. Notes and books are cut into passages, and every card keeps its place. Nothing leaves
          this computer unless you choose a model server elsewhere.
        </p>
      </header>
      <SourceFault />
      <div className="start-ways">
        <section className="panel start-drop" aria-labelledby="start-file">
          <span className="start-icon">
            <Icon name="file" size={24} />
          </span>
          <h2 id="start-file">From a file</h2>
          <p className="muted small">
            Drop it anywhere in this window: CSV, TSV, text, Markdown, PDF or EPUB. An Anki package goes into
            the deck.
          </p>
          <div className="row row-wrap start-buttons">
            <Button tone="primary" large disabled={busy} onClick={() => void chooseList()}>
              Choose a file…
            </Button>
            <Kbd keys="mod+O" />
          </div>
          <p className="start-sample">
            No list at hand?{' '}
            <button
              data-action="Try the sample list"
              type="button"
              className="link"
              disabled={busy}
              onClick={() => void trySample()}
            >
              Try the sample list
            </button>
          </p>
        </section>
        <section className="panel start-paste">
          <label htmlFor="paste">
            <h2>Paste a list or notes</h2>
          </label>
          <textarea
            id="paste"
            className="input"
            spellCheck={false}
            value={text}
            placeholder={'term, meaning\nserendipity, a happy accident\n사과, apple'}
            onChange={(event) => setText(event.target.value)}
            onPaste={(event) => {
              const pasted = event.clipboardData.getData('text/plain');
              if (busy || text !== '' || pasted.length < LONG_TEXT) return;
              event.preventDefault();
              use(pasted);
            }}
            aria-keyshortcuts="Control+Enter Meta+Enter"
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
              event.preventDefault();
              if (!busy && text.trim() !== '') use(text);
            }}
          />
          <div className="row row-wrap">
            <Segmented label="Read as" options={READ_AS} value={as} onChange={setAs} />
            <span className="grow small faint">{text.trim() === '' ? '' : lines(text)}</span>
            <Button icon="paste" disabled={busy || text.trim() === ''} onClick={() => use(text)}>
              Use this text
            </Button>
          </div>
        </section>
      </div>
      {recent.length > 0 && (
        <section className="start-recent" aria-labelledby="start-recent">
          <h2 id="start-recent" className="small faint">
            Last runs
          </h2>
          <ul>
            {recent.map((run) => (
              <li key={run.runId}>
                <button data-action="Open run" type="button" onClick={() => showRun(run.runId)}>
                  <RunBadge state={run.state} />
                  <span className="grow truncate" title={run.sourceName}>
                    {run.sourceName}
                  </span>
                  <span className="faint truncate" title={run.deck}>
                    {run.deck}
                  </span>
                  <span className="num muted">{run.cards} cards</span>
                  <span className="num faint">{formatWhen(run.startedMs)}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function lines(text: string): string {
  const count = text.split('\n').filter((line) => line.trim() !== '').length;
  return count === 1 ? '1 line' : `${count} lines`;
}
