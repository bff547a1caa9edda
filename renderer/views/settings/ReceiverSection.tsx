import { useState } from 'react';
import type { ReceiverSettings, ReceiverStatus } from '../../../shared/traceQuery.ts';
import { formatBytes, formatCount } from '../../../shared/units.ts';
import { formatClock } from '../../derive/clock.ts';
import { SENDER_LABELS, SENDERS, snippetFor, type Sender } from '../../derive/receiverSnippets.ts';
import { copyToClipboard } from '../../store/clipboard.ts';
import { loadReceiverStatus, setReceiverToken } from '../../store/commands.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectSettings } from '../../store/selectors.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { NumberField } from './NumberField.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';
import { useStatus } from './useStatus.ts';

const MB = 1e6;
const DOORS = [
  ['http', 'HTTP', 'OTLP over HTTP', 'Protobuf and JSON.'],
  ['grpc', 'gRPC', 'OTLP over gRPC', 'What some SDKs and the Collector send by default.'],
] as const;

/** Traces, logs and metrics of other programs on this machine. */
export function ReceiverSection({ draft, errors, change }: SectionProps) {
  const { receiver } = draft;
  const [status, setStatus] = useStatus(loadReceiverStatus);
  const saved = useStore(selectSettings)?.receiver;
  const set = (patch: Partial<ReceiverSettings>) => change({ receiver: { ...receiver, ...patch } });
  return (
    <Section
      id="receiver"
      note="Takes traces, logs and metrics of any program on this machine that speaks OpenTelemetry. Off until you switch it on; other machines and web pages cannot reach it."
    >
      <div className="settings-fields">
        {DOORS.map(([name, , label, note]) => (
          <div key={name} className="receiver-door">
            <label className="check">
              <input
                type="checkbox"
                checked={receiver[name].enabled}
                onChange={(event) =>
                  set({ [name]: { ...receiver[name], enabled: event.target.checked } } as never)
                }
              />
              <span>
                {label}
                <span className="field-note">{note}</span>
              </span>
            </label>
            <NumberField
              label={`Port for ${label}`}
              value={receiver[name].port}
              disabled={!receiver[name].enabled}
              error={errors[`receiver.${name}.port`]}
              onChange={(port) => set({ [name]: { ...receiver[name], port } } as never)}
            />
            <DoorState
              name={name}
              status={status}
              isUnsaved={
                saved !== undefined && JSON.stringify(saved[name]) !== JSON.stringify(receiver[name])
              }
            />
          </div>
        ))}
        <TokenField status={status} onStatus={setStatus} />
        {status !== null && <Figures status={status} />}
        {status !== null && <Snippet status={status} />}
        <details className="settings-wide settings-more">
          <summary data-action="Limits of a request">Limits of a request</summary>
          <div className="settings-fields">
            <NumberField
              label="As it arrives, MB"
              value={receiver.maxRequestBytes / MB}
              note={formatBytes(receiver.maxRequestBytes)}
              error={errors['receiver.maxRequestBytes'] && 'Between 0.001 and 512 MB.'}
              onChange={(mb) => set({ maxRequestBytes: Math.round(mb * MB) })}
            />
            <NumberField
              label="Unpacked, MB"
              value={receiver.maxUnpackedBytes / MB}
              note={`${formatBytes(receiver.maxUnpackedBytes)}. Over gRPC the smaller of the two holds.`}
              error={errors['receiver.maxUnpackedBytes'] && 'Between 0.001 and 2,000 MB.'}
              onChange={(mb) => set({ maxUnpackedBytes: Math.round(mb * MB) })}
            />
            <NumberField
              label="Spans, records or points"
              value={receiver.maxSpansPerRequest}
              error={errors['receiver.maxSpansPerRequest']}
              onChange={(maxSpansPerRequest) => set({ maxSpansPerRequest })}
            />
          </div>
        </details>
      </div>
    </Section>
  );
}

type DoorProps = {
  readonly name: 'http' | 'grpc';
  readonly status: ReceiverStatus | null;
  readonly isUnsaved: boolean;
};

/** Where it listens, or why it does not. */
function DoorState({ name, status, isUnsaved }: DoorProps) {
  const door = status?.[name];
  return (
    <div role="status" className="small" data-testid={`receiver-${name}`}>
      {isUnsaved && <Badge tone="info">not saved yet</Badge>}
      {!isUnsaved && door?.state === 'listening' && (
        <>
          <Badge tone="good">listening</Badge> <code>{door.url}</code>
        </>
      )}
      {!isUnsaved && door?.state === 'failed' && <Badge tone="bad">not listening</Badge>}
      {!isUnsaved && door?.state === 'off' && <Badge>off</Badge>}
      {!isUnsaved && door !== undefined && door.fault !== null && (
        <p className={door.state === 'failed' ? 'exporter-error' : 'muted'}>{door.fault}</p>
      )}
    </div>
  );
}

type TokenProps = {
  readonly status: ReceiverStatus | null;
  readonly onStatus: (status: ReceiverStatus) => void;
};

/** The token goes out and never comes back: this window only knows whether there is one. */
function TokenField({ status, onStatus }: TokenProps) {
  const [typed, setTyped] = useState('');
  const token = typed.trim();
  const isShort = token !== '' && token.length < 8;
  const hasToken = status?.hasToken === true;

  async function set(next: string | null) {
    const answer = await setReceiverToken(next);
    if (answer === undefined) return;
    setTyped('');
    onStatus(answer);
    const text = next === null ? 'Token removed.' : 'Token kept, encrypted.';
    const hint =
      next === null && answer.hasToken ? 'The one of the environment stays in use.' : 'It holds from now on.';
    getState().toastAdded({ tone: 'good', text, hint });
  }

  return (
    <div className="settings-wide">
      <Field
        label="Token"
        note="Programs then have to send it as authorization: Bearer …. Without one, every program on this machine may send. Encrypted by the system and never shown again."
        error={isShort ? 'At least 8 characters.' : undefined}
      >
        {(ids) => (
          <div className="row">
            <input
              {...ids}
              type="password"
              className="input mono"
              autoComplete="off"
              maxLength={512}
              placeholder={hasToken ? 'A token is set' : 'No token'}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
            <Button icon="key" disabled={token.length < 8} onClick={() => void set(token)}>
              Set token
            </Button>
            {hasToken && (
              <Button tone="danger" onClick={() => void set(null)}>
                Remove token
              </Button>
            )}
          </div>
        )}
      </Field>
    </div>
  );
}

/** What came, and what of it was not taken. */
function Figures({ status }: { readonly status: ReceiverStatus }) {
  const { requests, refusedRequests, spans, logs, metricPoints, rejected, lastMs } = status;
  const facts: readonly (readonly [name: string, value: string])[] = [
    ['Requests', formatCount(requests)],
    ['Spans stored', formatCount(spans)],
    ['Log records stored', formatCount(logs)],
    ['Metric points stored', formatCount(metricPoints)],
    ['Requests refused', formatCount(refusedRequests)],
    ['Records refused', formatCount(rejected)],
    ['Last request', lastMs === null ? '–' : formatClock(lastMs)],
  ];
  return (
    <dl className="settings-wide facts span-counts" data-testid="receiver-figures">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="num">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What to paste where the other program starts. */
function Snippet({ status }: { readonly status: ReceiverStatus }) {
  const [sender, setSender] = useState<Sender>('any');
  const text = snippetFor(sender, status);
  if (text === null) return null;

  return (
    <div className="settings-wide stack">
      <div className="row row-wrap receiver-sender">
        <Field label="Send from">
          {(ids) => (
            <select
              {...ids}
              className="input"
              value={sender}
              onChange={(event) => setSender(event.target.value as Sender)}
            >
              {SENDERS.map((name) => (
                <option key={name} value={name}>
                  {SENDER_LABELS[name]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Button
          icon="copy"
          onClick={() => void copyToClipboard(text, `The lines for ${SENDER_LABELS[sender]}`, 'are')}
        >
          Copy
        </Button>
      </div>
      <pre
        className="receiver-snippet small"
        role="region"
        tabIndex={0}
        aria-label={`Lines for ${SENDER_LABELS[sender]}`}
        data-testid="receiver-snippet"
      >
        <code>{text}</code>
      </pre>
    </div>
  );
}
