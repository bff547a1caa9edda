import { useState } from 'react';
import { setApiKey } from '../../store/commands.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectHasApiKey } from '../../store/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';

/** The key goes out and never comes back: this window only knows whether there is one. */
export function ApiKeyField() {
  const hasKey = useStore(selectHasApiKey);
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState<string | undefined>();

  async function set(key: string | null) {
    const error = await setApiKey(key);
    setFault(error === null ? undefined : `${error.message} ${error.hint ?? ''}`);
    if (error !== null) return;
    setTyped('');
    const text = key === null ? 'API key removed.' : 'API key kept, encrypted.';
    getState().toastAdded({ tone: 'good', text, hint: null });
  }

  return (
    <div className="settings-wide">
      <Field
        label="API key"
        note="Encrypted by the system and never shown again. Servers on this machine need none."
        error={fault}
      >
        {(ids) => (
          <div className="row">
            <input
              {...ids}
              type="password"
              className="input mono"
              autoComplete="off"
              maxLength={4096}
              placeholder={hasKey ? 'A key is set' : 'No key'}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
            <Button icon="key" disabled={typed === ''} onClick={() => void set(typed)}>
              Set key
            </Button>
            {hasKey && (
              <Button tone="danger" onClick={() => void set(null)}>
                Remove key
              </Button>
            )}
          </div>
        )}
      </Field>
    </div>
  );
}
