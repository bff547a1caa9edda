import { useState } from 'react';
import type { RouteSearch } from '../../store/route.ts';
import type { RangePreset } from '../../store/searchSlice.ts';
import { formatClock, formatWhen } from '../../derive/clock.ts';
import { Button } from '../../ui/Button.tsx';
import { Popup } from '../../ui/Popup.tsx';

const MINUTE = 60_000;
const PRESETS = [
  { lengthMs: 15 * MINUTE, label: 'Last 15 minutes' },
  { lengthMs: 60 * MINUTE, label: 'Last hour' },
  { lengthMs: 24 * 60 * MINUTE, label: 'Last day' },
] as const;

type Props = {
  readonly search: RouteSearch;
  readonly preset: RangePreset | null;
  readonly onChange: (
    range: { readonly fromMs: number | undefined; readonly toMs: number | undefined },
    preset: RangePreset | null,
  ) => void;
};

/** The stretch of time that a search looks at: a length that ends now, everything, or from one moment to another. */
export function TimeRange({ search, preset, onChange }: Props) {
  const { fromMs, toMs } = search;
  const held =
    preset !== null && preset.fromMs === fromMs && toMs === undefined
      ? PRESETS.find(({ lengthMs }) => lengthMs === preset.lengthMs)
      : undefined;
  const label = held?.label ?? rangeText(search);
  const choose = (lengthMs: number) => {
    const from = Date.now() - lengthMs;
    onChange({ fromMs: from, toMs: undefined }, { lengthMs, fromMs: from });
  };
  return (
    <Popup
      label={label}
      name={`Time: ${label}`}
      role="dialog"
      alignEnd
      pressed={fromMs !== undefined || toMs !== undefined}
    >
      {(close) => (
        <div className="time-range">
          <div className="menu" role="group" aria-label="Lengths of time">
            {PRESETS.map((each) => (
              <button
                data-action="Choose a time"
                key={each.lengthMs}
                type="button"
                aria-pressed={held === each}
                onClick={() => {
                  close();
                  choose(each.lengthMs);
                }}
              >
                {each.label}
              </button>
            ))}
            <button
              data-action="All time"
              type="button"
              aria-pressed={fromMs === undefined && toMs === undefined}
              onClick={() => {
                close();
                onChange({ fromMs: undefined, toMs: undefined }, null);
              }}
            >
              All time
            </button>
          </div>
          <Custom
            search={search}
            onChoose={(range) => {
              close();
              onChange(range, null);
            }}
          />
        </div>
      )}
    </Popup>
  );
}

function Custom(props: {
  readonly search: RouteSearch;
  readonly onChoose: (range: { fromMs: number | undefined; toMs: number | undefined }) => void;
}) {
  const [from, setFrom] = useState(toLocal(props.search.fromMs));
  const [to, setTo] = useState(toLocal(props.search.toMs));
  const range = { fromMs: fromLocal(from), toMs: fromLocal(to) };
  const isBackwards = range.fromMs !== undefined && range.toMs !== undefined && range.toMs <= range.fromMs;
  return (
    <form
      className="time-custom"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBackwards) props.onChoose(range);
      }}
    >
      <label>
        From
        <input
          type="datetime-local"
          step="1"
          className="input"
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
      </label>
      <label>
        To
        <input
          type="datetime-local"
          step="1"
          className="input"
          value={to}
          aria-invalid={isBackwards}
          onChange={(event) => setTo(event.target.value)}
        />
      </label>
      {isBackwards && (
        <p role="alert" className="field-error">
          The end is before the beginning.
        </p>
      )}
      <Button type="submit" disabled={isBackwards}>
        Use this time
      </Button>
    </form>
  );
}

/** `14:03 – 15:00`, `from 14:03`, `All time`. */
function rangeText({ fromMs, toMs }: RouteSearch): string {
  if (fromMs === undefined && toMs === undefined) return 'All time';
  if (toMs === undefined) return `Since ${exact(fromMs!)}`;
  if (fromMs === undefined) return `Until ${exact(toMs)}`;
  return `${exact(fromMs)} – ${exact(toMs)}`;
}
function exact(timeMs: number): string {
  const when = formatWhen(timeMs);
  return /^\d\d:\d\d$/.test(when) ? formatClock(timeMs) : when;
}

/** As a field of local time wants it: `2026-11-22T14:03:07`. */
function toLocal(timeMs: number | undefined): string {
  if (timeMs === undefined) return '';
  const date = new Date(timeMs);
  const local = new Date(timeMs - date.getTimezoneOffset() * MINUTE);
  return local.toISOString().slice(0, 19);
}
function fromLocal(text: string): number | undefined {
  const timeMs = text === '' ? Number.NaN : new Date(text).getTime();
  return Number.isFinite(timeMs) ? timeMs : undefined;
}
