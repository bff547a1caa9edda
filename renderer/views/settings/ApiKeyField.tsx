import { useState } from 'react';
import { setApiKey } from '../../store/commands.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectAnthropicKey, selectApiKey } from '../../store/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';

/** The key goes out and never comes back: this window only knows whether there is one. */
export function ApiKeyField({ owner }: { owner: 'openai' | 'anthropic' }) {
  const source = useStore(owner === 'openai' ? selectApiKey : selectAnthropicKey);
  const fromEnvironment = source === 'environment';
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState<string | undefined>();

  async function set(key: string | null) {
    const error = await setApiKey(key, owner);
    setFault(error === null ? undefined : `${error.message} ${error.hint ?? ''}`);
    if (error !== null) return;
    setTyped('');
    const text = key === null ? 'API key removed.' : 'API key kept, encrypted.';
    const hint =
      getState()[owner === 'openai' ? 'apiKey' : 'anthropicKey'] === 'environment'
        ? 'The key of the environment goes first and stays in use.'
        : null;
    getState().toastAdded({ tone: 'good', text, hint });
  }

  return (
    <div className="settings-wide">
      <Field
        label="API key"
        note={
          fromEnvironment
            ? 'This key comes from the environment the program was started in, where it goes before a stored one. Take it out there to remove it.'
            : `${fault === undefined ? 'Encrypted by the system and never shown again.' : ''}${owner === 'openai' ? ' Servers on this machine need none.' : ''}`
        }
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
              placeholder={
                fromEnvironment ? 'From the environment' : source === 'file' ? 'A key is stored' : 'No key'
              }
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
            <Button icon="key" disabled={typed === ''} onClick={() => void set(typed)}>
              Set key
            </Button>
            {source !== null && (
              <Button tone="danger" disabled={fromEnvironment} onClick={() => void set(null)}>
                Remove key
              </Button>
            )}
          </div>
        )}
      </Field>
    </div>
  );
}
