import './toasts.css';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Button } from './Button.tsx';
import { Icon } from './Icon.tsx';

const GOOD_MS = 7000;
/** Faults, and what asks for a decision, stay long enough to be read, hint included. */
const LONG_MS = 15_000;

const ICONS = { info: 'info', good: 'check', bad: 'warning' } as const;

export type ToastMessage = {
  readonly id: number;
  readonly tone: 'info' | 'good' | 'bad';
  readonly text: string;
  readonly hint: string | null;
  readonly action?: { readonly label: string; readonly run: () => void };
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

function giveBack(before: Element | null): void {
  if (before instanceof HTMLElement && before.isConnected) before.focus();
}

function ToastItem({ toast, onDismiss }: { toast: ToastMessage; onDismiss: (id: number) => void }) {
  const { id, tone, action } = toast;
  // Where the focus came from, and goes back to with the message.
  const before = useRef<Element | null>(null);
  const close = () => {
    onDismiss(id);
    giveBack(before.current);
  };
  const item = useRef<HTMLDivElement>(null);
  // It may also go while the focus is on it, as when what it offers was done by a key.
  useLayoutEffect(() => {
    const element = item.current;
    return () => {
      if (element?.contains(document.activeElement)) giveBack(before.current);
    };
  }, []);
  const [hovered, setHovered] = useState(false);
  const [focused, setFocused] = useState(false);
  const held = hovered || focused;
  const isLong = tone === 'bad' || (tone === 'info' && action !== undefined);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => onDismiss(id), isLong ? LONG_MS : GOOD_MS);
    return () => clearTimeout(timer);
  }, [held, id, isLong, onDismiss]);
  return (
    <div
      ref={item}
      className={`toast toast-${tone}`}
      role={tone === 'bad' ? 'alert' : undefined}
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      onFocus={({ relatedTarget, currentTarget }) => {
        if (!currentTarget.contains(relatedTarget)) before.current = relatedTarget;
        setFocused(true);
      }}
      onBlur={() => setFocused(false)}
    >
      <Icon name={ICONS[tone]} />
      <div className="grow">
        <p>{toast.text}</p>
        {toast.hint !== null && <p className="small muted">{toast.hint}</p>}
      </div>
      {action !== undefined && (
        <Button
          onClick={() => {
            close();
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
      <Button tone="quiet" icon="close" iconOnly onClick={close}>
        Dismiss
      </Button>
    </div>
  );
}
