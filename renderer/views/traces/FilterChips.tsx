import { useEffect, useState } from 'react';
import type { FieldCatalog } from '../../../shared/traceQuery.ts';
import { formatDuration } from '../../../shared/units.ts';
import type { Filters } from '../../derive/queryFilters.ts';
import { loadFieldCatalog } from '../../store/traceCommands.ts';
import { Menu } from '../../ui/Menu.tsx';

/** The grammar is loaded when it is first needed. */
const load = () => import('../../derive/queryFilters.ts');

const LENGTHS_MS = [10, 100, 1000, 10_000, 60_000];
const OFF: Filters = { errors: false, runsOnly: false, service: null, operation: null, minMs: null };

type Props = { readonly query: string; readonly onQuery: (query: string) => void };

/** Filters of one click. Each is a piece of the query's text, which stays the whole truth. */
export function FilterChips({ query, onQuery }: Props) {
  const [read, setRead] = useState<{ readonly of: string; readonly filters: Filters }>({
    of: '',
    filters: OFF,
  });
  const [catalog, setCatalog] = useState<FieldCatalog | null>(null);
  useEffect(() => {
    if (query === '') return;
    let wanted = true;
    void load().then(({ filtersOf }) => {
      if (wanted) setRead({ of: query, filters: filtersOf(query) ?? OFF });
    });
    return () => {
      wanted = false;
    };
  }, [query]);
  useEffect(() => {
    let wanted = true;
    // Without it there are no names to choose from; they can be written all the same.
    loadFieldCatalog().then(
      (found) => wanted && setCatalog(found),
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, []);
  const filters = read.of === query ? read.filters : query === '' ? OFF : read.filters;
  const change = (next: Partial<Filters>) => {
    void load().then(({ withFilters }) => onQuery(withFilters(query, next)));
  };
  const names = (all: readonly string[], chosen: string | null, set: (name: string | null) => void) =>
    [null, ...all].map((name) => ({
      // The first word alone is what a click on it is called.
      id: name === null ? 'any' : `one ${name}`,
      label: name ?? 'Any',
      isChosen: name === chosen,
      run: () => set(name),
    }));
  return (
    <div className="filter-chips" role="group" aria-label="Quick filters">
      <Chip label="Errors" isOn={filters.errors} onToggle={(errors) => change({ errors })} />
      <Chip label="Runs only" isOn={filters.runsOnly} onToggle={(runsOnly) => change({ runsOnly })} />
      <Menu
        label={filters.service ?? 'Service'}
        name={`Service: ${filters.service ?? 'any'}`}
        pressed={filters.service !== null}
        items={names(catalog?.services ?? [], filters.service, (service) => change({ service }))}
      />
      <Menu
        label={filters.operation ?? 'Operation'}
        name={`Operation: ${filters.operation ?? 'any'}`}
        pressed={filters.operation !== null}
        items={names(catalog?.operations ?? [], filters.operation, (operation) => change({ operation }))}
      />
      <Menu
        label={filters.minMs === null ? 'Duration' : `≥ ${short(filters.minMs)}`}
        name={`Shortest duration: ${filters.minMs === null ? 'any' : short(filters.minMs)}`}
        pressed={filters.minMs !== null}
        items={[null, ...LENGTHS_MS].map((ms) => ({
          id: String(ms ?? 'any'),
          label: ms === null ? 'Any' : `${short(ms)} and longer`,
          isChosen: ms === filters.minMs,
          run: () => change({ minMs: ms }),
        }))}
      />
    </div>
  );
}

/** `100 ms`, `1 s`: no decimals where there are none. */
const short = (ms: number) =>
  formatDuration(ms)
    .replace(/\.0+(?= )/, '')
    .replace(/ m 00 s$/, ' min');

function Chip(props: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onToggle: (isOn: boolean) => void;
}) {
  return (
    <button
      type="button"
      className={props.isOn ? 'button button-plain is-on' : 'button button-plain'}
      aria-pressed={props.isOn}
      data-action={`filter.${props.label}`}
      onClick={() => props.onToggle(!props.isOn)}
    >
      {props.label}
    </button>
  );
}
