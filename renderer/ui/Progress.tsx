import './progress.css';

type Props = {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  /** Parts of `max` by tone; what they leave is empty. */
  readonly parts: readonly { readonly tone: 'done' | 'quiet' | 'warn' | 'bad'; readonly value: number }[];
  readonly busy?: boolean;
};

/** A bar of parts. The number is spoken as a whole; the parts are stated in text beside it. */
export function Progress({ label, value, max, parts, busy }: Props) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={0}
      aria-valuemax={max}
      className={busy ? 'progress progress-busy' : 'progress'}
    >
      {parts.map((part) => (
        <span
          key={part.tone}
          className={`progress-${part.tone}`}
          style={{ width: `${max === 0 ? 0 : (part.value / max) * 100}%` }}
        />
      ))}
    </div>
  );
}
