import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { Card } from '../../../../shared/card.ts';
import type { NoteDetail } from '../../../../shared/deck.ts';
import type { CallError } from '../../../../shared/ipc.ts';
import { getApi, toCallError } from '../../../api.ts';
import { formatWhen } from '../../../derive/clock.ts';
import { formatDue } from '../../../derive/interval.ts';
import { placeText } from '../../../../shared/placeText.ts';
import { isForView, isTyping } from '../../../shell/shortcuts.ts';
import { Badge } from '../../../ui/Badge.tsx';
import { Button } from '../../../ui/Button.tsx';
import { CardFace } from '../../../ui/cardFace/CardFace.tsx';
import { QualityBadges } from '../../../ui/QualityBadges.tsx';
import { ReadFault } from '../../../ui/ReadFault.tsx';
import { Tabs } from '../../../ui/Tabs.tsx';
import { RegenerateDialog } from '../review/RegenerateDialog.tsx';
import { SideEditor } from '../review/SideEditor.tsx';
import { bulkEdit } from './deckActions.ts';
import { FieldsEditor } from './FieldsEditor.tsx';
import { NoteHistory } from './NoteHistory.tsx';
import { NoteOrigin } from './NoteOrigin.tsx';
import { TagEditor } from './TagEditor.tsx';

type Part = 'cards' | 'fields' | 'origin' | 'history';

/** One note in full: its cards as they are asked, its fields, where it came from and what was changed. */
export function NotePanel({ card, version }: { card: Card; version: number }) {
  const { noteId } = card;
  const [note, setNote] = useState<NoteDetail | null>(null);
  const [fault, setFault] = useState<CallError | null>(null);
  const [part, setPart] = useState<Part>('cards');
  const [again, setAgain] = useState(0);
  useEffect(() => {
    let isWanted = true;
    getApi()
      .note({ noteId })
      .then(
        (answer) => {
          if (!isWanted) return;
          setNote(answer);
          setFault(null);
        },
        (thrown: unknown) => isWanted && setFault(toCallError(thrown)),
      );
    return () => void (isWanted = false);
  }, [noteId, version, again]);
  const reload = () => setAgain((count) => count + 1);

  const tabs: readonly { readonly id: Part; readonly label: ReactNode }[] = [
    { id: 'cards', label: `Cards ${note?.cards.length ?? ''}` },
    ...(note !== null && note.notetype !== null ? [{ id: 'fields' as const, label: 'Fields' }] : []),
    { id: 'origin', label: 'Origin' },
    { id: 'history', label: 'History' },
  ];
  return (
    <section id="note-panel" className="panel note-panel" aria-label="Note" tabIndex={-1}>
      <header>
        <h2 className="truncate" dir="auto">
          {note?.term ?? card.term}
        </h2>
        <span className="small faint truncate" title={note?.deck ?? card.deck}>
          {note?.deck ?? card.deck}
        </span>
      </header>
      {fault !== null && <ReadFault what="The note" fault={fault} onRetry={reload} />}
      {note !== null && (
        <Tabs label="Note" tabs={tabs} selected={part} onSelect={setPart}>
          {part === 'cards' && <NoteCards note={note} cardId={card.cardId} onChanged={reload} />}
          {part === 'fields' && <FieldsEditor note={note} onSaved={reload} />}
          {part === 'origin' && <NoteOrigin key={note.modifiedMs} note={note} onChanged={reload} />}
          {part === 'history' && <NoteHistory note={note} />}
        </Tabs>
      )}
    </section>
  );
}

type CardsProps = { readonly note: NoteDetail; readonly cardId: number; readonly onChanged: () => void };

function NoteCards({ note, cardId, onChanged }: CardsProps) {
  const [revealed, setRevealed] = useState(false);
  const [editing, setEditing] = useState<number | null>(null);
  const [anew, setAnew] = useState<Card | null>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const onControl = event.target instanceof HTMLElement && event.target.closest('button, [role=listbox]');
      if (event.key !== ' ' || onControl !== null || isTyping(event.target) || !isForView(event)) return;
      event.preventDefault();
      setRevealed((shown) => !shown);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  const chosen = note.cards.find((card) => card.cardId === cardId);
  const others = note.cards.filter((card) => card.cardId !== cardId);
  return (
    <div className="note-cards">
      {[...(chosen === undefined ? [] : [chosen]), ...others].map((card) => (
        <article
          key={card.cardId}
          className={card.cardId === cardId ? 'note-card note-card-chosen' : 'note-card'}
          data-testid={card.cardId === cardId ? 'card-preview' : undefined}
          aria-label={`${card.type} card`}
        >
          <header className="row row-wrap">
            <Badge tone="accent">{card.type}</Badge>
            {card.status !== 'accepted' && (
              <Badge tone={card.status === 'proposed' ? 'info' : 'bad'}>{card.status}</Badge>
            )}
            {card.suspended && <Badge tone="warn">suspended</Badge>}
            <span className="small faint num grow">{formatDue(card.dueMs)}</span>
            {card.cardId === cardId && (
              <Button aria-pressed={revealed} onClick={() => setRevealed(!revealed)}>
                {revealed ? 'Hide' : 'Reveal'}
              </Button>
            )}
          </header>
          <QualityBadges codes={card.warnings} />
          {editing === card.cardId ? (
            <SideEditor
              card={card}
              onClose={() => setEditing(null)}
              onSaved={() => {
                setEditing(null);
                onChanged();
              }}
            />
          ) : (
            <>
              <div className="note-front">
                <CardFace
                  card={card}
                  side="front"
                  revealed={revealed || card.cardId !== cardId}
                  css={note.notetype?.css ?? ''}
                />
              </div>
              {(revealed || card.cardId !== cardId) && (
                <div className="note-back">
                  <CardFace card={card} side="back" revealed css={note.notetype?.css ?? ''} />
                </div>
              )}
              {card.quote !== null && (
                <blockquote className="review-quote small" dir="auto">
                  {card.quote}
                  {card.place !== null && <cite> {placeText(card.place)}</cite>}
                </blockquote>
              )}
              <footer className="row row-wrap">
                {card.format === 'text' && (
                  <Button tone="quiet" onClick={() => setEditing(card.cardId)}>
                    Edit
                  </Button>
                )}
                {card.format === 'text' && (
                  <Button tone="quiet" icon="retry" onClick={() => setAnew(card)}>
                    Regenerate…
                  </Button>
                )}
                <Button
                  tone="quiet"
                  onClick={() =>
                    void bulkEdit([card.cardId], { kind: 'suspend', suspended: !card.suspended })
                  }
                >
                  {card.suspended ? 'Unsuspend' : 'Suspend'}
                </Button>
                <Button tone="quiet" onClick={() => void bulkEdit([card.cardId], { kind: 'delete' })}>
                  Delete
                </Button>
              </footer>
            </>
          )}
        </article>
      ))}
      <TagEditor key={note.tags.join(' ')} note={note} onSaved={onChanged} />
      <p className="small faint">
        Made {formatWhen(note.createdMs)}, changed {formatWhen(note.modifiedMs)}
      </p>
      {anew !== null && (
        <RegenerateDialog
          card={anew}
          onClose={() => setAnew(null)}
          onSaved={() => {
            setAnew(null);
            onChanged();
          }}
        />
      )}
    </div>
  );
}
