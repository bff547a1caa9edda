import './toasts.css';
import { useEffect } from 'react';
import { getState, useStore } from '../store/index.ts';
import { selectToasts } from '../store/selectors.ts';
import type { Toast } from '../store/viewSlice.ts';
import { Button } from './Button.tsx';
import { Icon } from './Icon.tsx';

const GOOD_MS = 7000;
/** Faults stay long enough to be read, hint included. */
const BAD_MS = 15_000;

/** Messages that come and go; a live region, so they are also spoken. */
export function Toasts() {
  const toasts = useStore(selectToasts);
  return (
    <div className="toasts" role="status" aria-live="polite" aria-label="Messages">
      {toasts.map((toast) => (
        <ToastItem key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function ToastItem({ toast }: { toast: Toast }) {
  const dismiss = () => getState().toastDismissed(toast.id);
  useEffect(() => {
    const timer = setTimeout(
      () => getState().toastDismissed(toast.id),
      toast.tone === 'bad' ? BAD_MS : GOOD_MS,
    );
    return () => clearTimeout(timer);
  }, [toast]);
  return (
    <div className={`toast toast-${toast.tone}`}>
      <Icon name={toast.tone === 'bad' ? 'warning' : 'check'} />
      <div className="grow">
        <p>{toast.text}</p>
        {toast.hint !== null && <p className="small muted">{toast.hint}</p>}
      </div>
      <Button tone="quiet" icon="close" iconOnly onClick={dismiss}>
        Dismiss
      </Button>
    </div>
  );
}
