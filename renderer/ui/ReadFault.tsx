import { Button } from './Button.tsx';
import { EmptyState } from './EmptyState.tsx';

type Props = {
  /** What was to be read, at the start of a sentence and in the plural. */
  readonly what: string;
  readonly fault: { readonly message: string; readonly hint: string | null };
  readonly onRetry: () => void;
};

/** A list could not be read: why, and the way to ask again. */
export function ReadFault({ what, fault, onRetry }: Props) {
  return (
    <div role="alert" className="read-fault">
      <EmptyState
        icon="warning"
        title={`${what} could not be read`}
        actions={
          <Button icon="retry" onClick={onRetry}>
            Try again
          </Button>
        }
      >
        {fault.message} {fault.hint}
      </EmptyState>
    </div>
  );
}
