import { useCallback, useEffect, useState } from 'react';
import type { CallError, Input } from '../../../shared/ipc.ts';
import type { PromptTrial } from '../../../shared/prompt.ts';
import { totalTokens } from '../../../shared/run.ts';
import { countOf, formatCount } from '../../../shared/units.ts';
import { getApi, toCallError } from '../../api.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { TraceLink } from '../TraceLink.tsx';

type Props = {
  /** `null` while the template cannot be asked. */
  readonly asking: Omit<Input<'tryPrompt'>, 'trialId'> | null;
  /** Of the prompt. */
  readonly tokens: number | null;
  readonly isOffline: boolean;
};

/** A template tried on one item. Whoever turns to another template waits for the answer no more. */
export function TryPrompt({ asking, tokens, isOffline }: Props) {
  const [trialId] = useState(() => crypto.randomUUID());
  const [trial, setTrial] = useState<PromptTrial | CallError | null>(null);
  const [isBusy, setBusy] = useState(false);
  const stop = useCallback(() => void getApi().stopTrying({ trialId }), [trialId]);
  useEffect(() => stop, [stop]);
  async function ask() {
    if (asking === null) return;
    setBusy(true);
    const answer = await getApi()
      .tryPrompt({ ...asking, trialId })
      .catch(toCallError);
    setBusy(false);
    setTrial('code' in answer && answer.code === 'cancelled' ? null : answer);
  }
  return (
    <>
      <div className="panel-head">
        <h2>On one item</h2>
        <span className="small muted num">{tokens !== null && countOf(tokens, 'token')}</span>
        {isBusy ? (
          <Button onClick={stop}>Stop</Button>
        ) : (
          <Button disabled={asking === null || isOffline} onClick={() => void ask()}>
            Try it
          </Button>
        )}
      </div>
      {isOffline && (
        <p className="small muted prompts-note">
          The offline generator asks no model. Choose a model under Generate to try a prompt.
        </p>
      )}
      {isBusy && (
        <p className="small muted prompts-note" role="status">
          Asking the model…
        </p>
      )}
      {!isBusy && trial !== null && <Trial trial={trial} />}
    </>
  );
}

function Trial({ trial }: { trial: PromptTrial | CallError }) {
  if ('code' in trial) {
    return (
      <p role="alert" className="field-error prompts-note">
        {trial.message} {trial.hint}
      </p>
    );
  }
  return (
    <div className="prompts-trial" role="status">
      <p className="small muted">
        {formatCount(totalTokens(trial.usage))} tokens; nothing was saved.{' '}
        <TraceLink traceId={trial.traceId} />
      </p>
      {trial.cards.map((card, index) => (
        <article key={index} className="beside-card">
          <Badge tone="accent">{card.type}</Badge>
          <p dir="auto">{card.front}</p>
          <hr />
          <p dir="auto">{card.back}</p>
        </article>
      ))}
      {trial.analysis !== null && <pre>{JSON.stringify(trial.analysis, null, 2)}</pre>}
    </div>
  );
}
