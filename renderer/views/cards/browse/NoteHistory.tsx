import type { NoteDetail } from '../../../../shared/deck.ts';
import { formatWhen } from '../../../derive/clock.ts';
import { undoChange } from '../../../store/deckCommands.ts';
import { Badge } from '../../../ui/Badge.tsx';
import { Button } from '../../../ui/Button.tsx';

/** Every change of the note, newest first, from what to what. */
export function NoteHistory({ note }: { note: NoteDetail }) {
  return (
    <div className="note-history">
      {note.history.length === 0 && <p className="muted">Nothing was changed since it was made.</p>}
      <ol>
        {note.history.map((change) => (
          <li key={change.changeSetId}>
            <header className="row">
              <strong className="grow">{change.label}</strong>
              {change.undone && <Badge>taken back</Badge>}
              <span className="small faint num">{formatWhen(change.atMs)}</span>
            </header>
            <dl>
              {change.parts.map(({ part, before, after }, index) => (
                <div key={index}>
                  <dt className="small muted">{part}</dt>
                  <dd dir="auto">
                    {before !== null && <del>{before}</del>} {after !== null && <ins>{after}</ins>}
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ol>
      {note.history.length > 0 && (
        <Button tone="quiet" icon="undo" onClick={() => void undoChange()}>
          Undo the deck’s newest change
        </Button>
      )}
    </div>
  );
}
