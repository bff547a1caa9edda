import { useEffect, useState } from 'react';
import type { Card } from '../../../../shared/card.ts';
import type { CallError } from '../../../../shared/ipc.ts';
import type { RegeneratedCard } from '../../../../shared/prompt.ts';
import { totalTokens } from '../../../../shared/run.ts';
import { countOf } from '../../../../shared/units.ts';
import { getApi, toCallError } from '../../../api.ts';
import { getState, useStore } from '../../../store/index.ts';
import { takeAnew } from '../../../store/reviewCommands.ts';
import { selectSettings } from '../../../store/selectors.ts';
import { Button } from '../../../ui/Button.tsx';
import { CardFace } from '../../../ui/cardFace/CardFace.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { FaultNote } from '../../../ui/FaultNote.tsx';
import { LongTextField } from '../../../ui/TextField.tsx';
import { TraceLink } from '../../TraceLink.tsx';

type Props = { readonly card: Card; readonly onSaved: () => void; readonly onClose: () => void };

/** One card anew by the model, with a wish; the old and the new one side by side, and nothing saved before it is taken. */
export function RegenerateDialog({ card, onSaved, onClose }: Props) {
  const [wish, setWish] = useState('');
  const [busy, setBusy] = useState(false);
  const [made, setMade] = useState<RegeneratedCard | null>(null);
  const [fault, setFault] = useState<CallError | null>(null);
  const hasModel = useStore(selectSettings)?.generator !== 'offline';
  const { cardId } = card;
  // What is asked is paid for: whoever closes the dialog wants it no more.
  useEffect(() => () => void getApi().stopRegenerating({ cardId }), [cardId]);
  async function ask() {
    setBusy(true);
    setFault(null);
    try {
      setMade(await getApi().regenerateCard({ cardId, wish }));
    } catch (thrown) {
      setFault(toCallError(thrown));
    } finally {
      setBusy(false);
    }
  }
  async function take(anew: RegeneratedCard) {
    if (await takeAnew(card, anew)) onSaved();
  }
  return (
    <Dialog
      title="Regenerate this card"
      wide
      onClose={onClose}
      actions={
        <>
          {made !== null && (
            <Button tone="primary" onClick={() => void take(made)}>
              Take the new one
            </Button>
          )}
          {hasModel ? (
            <Button tone={made === null ? 'primary' : 'plain'} disabled={busy} onClick={() => void ask()}>
              {busy ? 'Asking…' : made === null ? 'Ask the model' : 'Ask again'}
            </Button>
          ) : (
            <Button
              tone="primary"
              data-autofocus
              onClick={() => getState().navigated({ view: 'settings', section: 'models' })}
            >
              Choose a model
            </Button>
          )}
          <Button tone="quiet" onClick={onClose}>
            Keep the old one
          </Button>
        </>
      }
    >
      {hasModel ? (
        <LongTextField
          label="What should be different?"
          note="Goes to the model together with the note and this card."
          rows={2}
          maxLength={2000}
          data-autofocus
          placeholder="Shorter; another example; ask the other way round …"
          value={wish}
          onChange={setWish}
        />
      ) : (
        <p>
          The offline generator is chosen in the settings: it would write the same card again. A model can be
          told what should be different.
        </p>
      )}
      <FaultNote fault={fault} />
      <div className="beside-cards">
        <Sides title="Now" card={card} />
        {made !== null && <Sides title="New" card={{ ...card, format: 'text', ...made.card }} />}
      </div>
      {made !== null && (
        <p className="small faint">
          {countOf(totalTokens(made.usage), 'token')} <TraceLink traceId={made.traceId} />
        </p>
      )}
    </Dialog>
  );
}

function Sides({
  title,
  card,
}: {
  title: string;
  card: Pick<Card, 'format' | 'front' | 'back' | 'cloze' | 'type'>;
}) {
  return (
    <section className="beside-card" aria-label={title}>
      <h3>{title}</h3>
      <CardFace card={card} side="front" revealed />
      <hr />
      <CardFace card={card} side="back" />
    </section>
  );
}
