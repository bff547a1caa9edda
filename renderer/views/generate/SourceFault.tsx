import { useStore } from '../../store/index.ts';
import { selectSourceBusy, selectSourceError } from '../../store/selectors.ts';
import { Icon } from '../../ui/Icon.tsx';

/** Why the last list could not be read. */
export function SourceFault() {
  const error = useStore(selectSourceError);
  const busy = useStore(selectSourceBusy);
  if (busy) {
    return (
      <p role="status" className="muted source-busy">
        Reading the list…
      </p>
    );
  }
  if (error === null) return null;
  return (
    <div role="alert" className="notice notice-bad" data-testid="source-error">
      <Icon name="warning" />
      <div>
        <p>{error.message}</p>
        {error.hint !== null && <p className="muted">{error.hint}</p>}
      </div>
    </div>
  );
}
