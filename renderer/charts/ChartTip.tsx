/** The box at the pointer. recharts clones it with the point's values. */
type Props = {
  readonly active?: boolean;
  readonly label?: string | number;
  readonly payload?: readonly {
    readonly name?: string | number;
    readonly value?: unknown;
    readonly dataKey?: unknown;
  }[];
  readonly formatLabel: (label: string | number) => string;
  readonly formatValue: (value: number) => string;
};

export function ChartTip({ active, label, payload, formatLabel, formatValue }: Props) {
  if (!active || payload === undefined || payload.length === 0 || label === undefined) return null;
  return (
    <div className="tip">
      <strong>{formatLabel(label)}</strong>
      <dl>
        {payload.map((entry) => (
          <div key={String(entry.name)}>
            <dt className="muted">{entry.name}</dt>
            <dd className="num">{typeof entry.value === 'number' ? formatValue(entry.value) : '–'}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
