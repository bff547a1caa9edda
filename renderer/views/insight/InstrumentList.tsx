import { Fragment, useMemo, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import type { MetricInstrument } from '../../../shared/traceQuery.ts';
import { formatCount } from '../../../shared/units.ts';
import { SearchBox } from '../../ui/SearchBox.tsx';
import { unitName } from './metricFigures.ts';

type Props = {
  readonly instruments: readonly MetricInstrument[];
  readonly selected: MetricInstrument;
  readonly onSelect: (instrument: MetricInstrument) => void;
};
const KINDS: Readonly<Record<MetricInstrument['kind'], string>> = {
  counter: 'counter',
  upDownCounter: 'up and down',
  gauge: 'gauge',
  histogram: 'histogram',
};

/** Instruments to choose from: arrows move between them, each takes the words of a search. */
export function InstrumentList({ instruments, selected, onSelect }: Props) {
  const [wanted, setWanted] = useState('');
  const services = useMemo(() => new Set(instruments.map(({ service }) => service)), [instruments]);
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = instruments.filter((each) => {
    const text = `${each.name} ${each.description} ${each.service} ${KINDS[each.kind]}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return (
    <nav className="instruments" aria-label="Instruments">
      <SearchBox
        className="input"
        label="Find an instrument"
        placeholder="Find an instrument"
        value={wanted}
        onText={setWanted}
      />
      <ul onKeyDown={moveFocus}>
        {shown.map((each) => (
          <li key={`${each.service} ${each.name}`}>
            <button
              type="button"
              aria-current={each === selected ? 'true' : undefined}
              title={each.description}
              data-action="metric.open"
              onClick={() => onSelect(each)}
            >
              <span className="instrument-name">{breakable(each.name)}</span>
              <span className="faint small">
                {KINDS[each.kind]}
                {unitName(each.unit) !== '' && ` · ${unitName(each.unit)}`}
                {each.series > 1 && ` · ${formatCount(each.series)} series`}
                {services.size > 1 && ` · ${each.service}`}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p className="faint small">None has these words.</p>}
    </nav>
  );
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  const next = to === undefined ? undefined : buttons[to];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

/** A long name goes on in the next line after a dot or an underscore, not amid a word. */
function breakable(name: string): ReactNode {
  return name.split(/(?<=[._])/).map((part, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
