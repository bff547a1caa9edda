import { copyToClipboard } from '../store/clipboard.ts';
import { Icon } from '../ui/Icon.tsx';

/** Copies one value of the panel; `what` says which. It shows up when its line is pointed at or it has the focus. */
export function CopyValue({
  what,
  text,
  said = 'The value',
}: {
  readonly what: string;
  readonly text: string;
  /** What was copied, as a sentence has it. */
  readonly said?: string;
}) {
  return (
    <button
      data-action="Copy a value"
      type="button"
      className="span-panel-copy"
      aria-label={`Copy ${what}`}
      title="Copy the value"
      onClick={() => void copyToClipboard(text, said)}
    >
      <Icon name="copy" size={14} />
    </button>
  );
}
