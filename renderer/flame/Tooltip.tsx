import type { ItemFact } from './flameModel.ts';

export type TooltipContent = {
  /** The pointer, in CSS pixels of the frame around. */
  readonly cssX: number;
  readonly cssY: number;
  readonly cssWidth: number;
  readonly cssHeight: number;
  readonly facts: readonly ItemFact[];
  readonly note: string | null;
};

const GAP = 14;

/** Facts beside the pointer, on the side that has room. The name comes first. */
export function Tooltip({ cssX, cssY, cssWidth, cssHeight, facts, note }: TooltipContent) {
  const [name, ...rest] = facts;
  return (
    <div
      className="flame-tooltip"
      aria-hidden="true"
      style={{
        ...(cssX > cssWidth / 2 ? { right: cssWidth - cssX + GAP } : { left: cssX + GAP }),
        ...(cssY > cssHeight / 2 ? { bottom: cssHeight - cssY + GAP } : { top: cssY + GAP }),
      }}
    >
      <strong>{name?.value}</strong>
      <dl>
        {rest.map((fact, index) => (
          <div key={index} data-tone={fact.tone}>
            <dt>{fact.label}</dt>
            <dd>{fact.value}</dd>
          </div>
        ))}
      </dl>
      {note !== null && <p>{note}</p>}
    </div>
  );
}
