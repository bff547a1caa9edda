import { useState } from 'react';
import type { CallError, ConnectionTest } from '../../../shared/ipc.ts';
import type { GeneratorId } from '../../../shared/run.ts';
import { formatDuration } from '../../../shared/units.ts';
import { testConnection } from '../../store/commands.ts';
import { getState } from '../../store/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Icon } from '../../ui/Icon.tsx';

type Props = { readonly generator: GeneratorId; readonly unsaved: boolean };

/** One small call as the settings are saved, and what came of it. */
export function ConnectionCheck({ generator, unsaved }: Props) {
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<ConnectionTest | CallError | null>(null);

  async function test() {
    setBusy(true);
    setResult(null);
    setResult(await testConnection(generator));
    setBusy(false);
  }

  return (
    <div className="settings-wide stack">
      <div className="row row-wrap">
        <Button disabled={busy || unsaved} onClick={() => void test()}>
          {busy ? 'Testing…' : 'Test connection'}
        </Button>
        <span className="small faint">
          {unsaved ? 'Save first: the saved settings are what is tested.' : 'Sends one short prompt.'}
        </span>
      </div>
      <div role="status" data-testid="connection-result">
        {result !== null && ('code' in result ? <Fault error={result} /> : <Success test={result} />)}
      </div>
    </div>
  );
}

function Success({ test }: { test: ConnectionTest }) {
  return (
    <div className="notice notice-good">
      <Icon name="check" />
      <p className="grow">
        <strong>{test.model}</strong> answered in {formatDuration(test.latencyMs)}, {test.inputTokens} tokens
        in, {test.outputTokens} out.
      </p>
      <button
        data-action="Open its trace"
        type="button"
        className="link"
        onClick={() => getState().navigated({ view: 'traces', traceId: test.traceId })}
      >
        Open its trace
      </button>
    </div>
  );
}

function Fault({ error }: { error: CallError }) {
  return (
    <div className="notice notice-bad">
      <Icon name="warning" />
      <div>
        <p>{error.message}</p>
        {error.hint !== null && <p className="muted">{error.hint}</p>}
        <p>
          <code className="faint small">{error.code}</code>
        </p>
      </div>
    </div>
  );
}
