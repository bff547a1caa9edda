import './stackBar.css';

type Part = { readonly name: string; readonly colour: `--${string}`; readonly value: number };
type Props = {
  /** What a bar of full width stands for. */
  readonly most: number;
  readonly parts: readonly Part[];
  /** So much at the end of the last part is marked as a part of it. */
  readonly hatched?: number;
};

/** One bar of parts beside figures that say the same: decoration, so hidden from assistive technology. */
export function StackBar({ most, parts, hatched = 0 }: Props) {
  const percent = (value: number) => `${(100 * value) / Math.max(1e-9, most)}%`;
  return (
    <div className="stack-bar" aria-hidden="true">
      {parts.map(({ name, colour, value }, index) =>
        value <= 0 ? null : (
          <div key={name} title={name} style={{ width: percent(value), background: `var(${colour})` }}>
            {index === parts.length - 1 && hatched > 0 && (
              <div className="hatched" style={{ width: `${Math.min(100, (100 * hatched) / value)}%` }} />
            )}
          </div>
        ),
      )}
    </div>
  );
}
