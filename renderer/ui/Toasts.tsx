import './toasts.css';
import { useEffect, useState } from 'react';
import { Button } from './Button.tsx';
import { Icon } from './Icon.tsx';

const GOOD_MS = 7000;
/** Faults stay long enough to be read, hint included. */
const BAD_MS = 15_000;

export type ToastMessage = {
  readonly id: number;
  readonly tone: 'info' | 'good' | 'bad';
  readonly text: string;
  readonly hint: string | null;
};

type Props = { readonly toasts: readonly ToastMessage[]; readonly onDismiss: (id: number) => void };

/**
 * Messages that come and go, spoken as they come: news when there is a pause, faults at once. They wait while the
 * pointer or the focus is on them.
 */
export function Toasts({ toasts, onDismiss }: Props) {
  const item = (toast: ToastMessage) => <ToastItem key={toast.id} toast={toast} onDismiss={onDismiss} />;
  return (
    <div className="toasts">
      <div role="status" aria-live="polite" aria-label="Messages">
        {toasts.filter(({ tone }) => tone !== 'bad').map(item)}
      </div>
      <div>{toasts.filter(({ tone }) => tone === 'bad').map(item)}</div>
    </div>
  );
}

function ToastItem({ toast, onDismiss }: { toast: ToastMessage; onDismiss: (id: number) => void }) {
  const { id, tone } = toast;
  const [hovered, setHovered] = useState(false);
  const [focused, setFocused] = useState(false);
  const held = hovered || focused;
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => onDismiss(id), tone === 'bad' ? BAD_MS : GOOD_MS);
    return () => clearTimeout(timer);
  }, [held, id, tone, onDismiss]);
  return (
    <div
      className={`toast toast-${tone}`}
      role={tone === 'bad' ? 'alert' : undefined}
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
    >
      <Icon name={tone === 'bad' ? 'warning' : 'check'} />
      <div className="grow">
        <p>{toast.text}</p>
        {toast.hint !== null && <p className="small muted">{toast.hint}</p>}
      </div>
      <Button tone="quiet" icon="close" iconOnly onClick={() => onDismiss(id)}>
        Dismiss
      </Button>
    </div>
  );
}
