import type { LEDGER_GROUPS, LedgerRow } from '../../../shared/traceQuery.ts';
import type { RunProgress } from '../../../shared/run.ts';
import { formatCount } from '../../../shared/units.ts';
import { StackBar } from '../../charts/StackBar.tsx';
import { formatWhen } from '../../derive/clock.ts';
import { formatDollars } from '../../derive/tokens.ts';
import { getState } from '../../store/index.ts';
import { openTraces } from './insightRoute.ts';
import { LEDGER_PARTS } from './ledgerFigures.ts';
import type { LedgerPart } from './ledgerFigures.ts';
import type { Column } from './sortRows.ts';
import { stageName } from './stageName.ts';

type By = (typeof LEDGER_GROUPS)[number];
const FIELDS = { model: 'gen_ai.request.model', stage: 'tracedeck.stage', run: 'run' } as const;

type Shown = {
  readonly by: By;
  /** The greatest total: as long as a bar can be. */
  readonly most: number;
  readonly hasReasoning: boolean;
  /** For their names. */
  readonly runs: readonly RunProgress[];
};

export function ledgerColumns({ by, most, hasReasoning, runs }: Shown): readonly Column<LedgerRow>[] {
  const nameOf = ({ key }: LedgerRow): string => {
    if (key === '') return `no ${by} told`;
    if (by === 'stage') return stageName(key);
    const run = by === 'run' ? runs.find(({ runId }) => runId === key) : undefined;
    return run === undefined ? key : `${run.sourceName}, ${formatWhen(run.startedMs)}`;
  };
  const number = (id: LedgerPart | 'total' | 'reasoning', label: string): Column<LedgerRow> => ({
    id,
    label,
    align: 'right',
    value: (row) => row[id],
    cell: (row) => (row[id] === 0 ? <span className="faint">0</span> : formatCount(row[id])),
  });
  const money = (id: 'cost' | 'savedCost', label: string, about: string): Column<LedgerRow> => ({
    id,
    label,
    about,
    align: 'right',
    value: (row) => row[id],
    cell: (row) => (row[id] === null ? <span className="faint">–</span> : formatDollars(row[id])),
  });
  return [
    {
      id: 'key',
      label: by === 'day' ? 'Day' : by === 'run' ? 'Run' : by === 'stage' ? 'Stage' : 'Model',
      value: nameOf,
      cell: (row) =>
        row.key === '' ? (
          <span className="faint">{nameOf(row)}</span>
        ) : (
          <button
            type="button"
            className="link name-cell"
            title={row.key}
            data-action="ledger.traces"
            onClick={() => open(by, row.key)}
          >
            {nameOf(row)}
          </button>
        ),
    },
    {
      id: 'bar',
      label: 'Share',
      cell: (row) => (
        <StackBar
          most={most}
          parts={LEDGER_PARTS.map(({ id, label, colour }) => ({ name: label, colour, value: row[id] }))}
          hatched={row.reasoning}
        />
      ),
    },
    number('total', 'Total'),
    ...LEDGER_PARTS.map(({ id, label }) => number(id, label)),
    ...(hasReasoning ? [number('reasoning', 'of it reasoning')] : []),
    {
      id: 'calls',
      label: 'Calls',
      about: 'Untold: calls that said nothing of their tokens',
      align: 'right',
      value: (row) => row.calls,
      cell: ({ calls, untold }) => (
        <>
          {formatCount(calls)}
          {untold > 0 && <span className="faint">, {formatCount(untold)} untold</span>}
        </>
      ),
    },
    money('cost', 'Cost', 'US dollars, of calls with a price'),
    {
      id: 'savedTokens',
      label: 'Saved',
      about:
        'Tokens that answers from our own cache would have taken, and their money at the stage’s mean price',
      align: 'right',
      value: (row) => row.savedTokens,
      cell: ({ savedTokens, savedCost }) => (
        <>
          {savedTokens === 0 ? <span className="faint">0</span> : formatCount(savedTokens)}
          {savedCost !== null && <span className="faint">, {formatDollars(savedCost)}</span>}
        </>
      ),
    },
  ];
}

function open(by: By, key: string): void {
  if (by !== 'day') return void openTraces({ [FIELDS[by]]: key });
  const from = new Date(`${key}T00:00`);
  const fromMs = from.getTime();
  // The next day's beginning: days on which clocks change are not 24 hours long.
  const toMs = new Date(from.getFullYear(), from.getMonth(), from.getDate() + 1).getTime();
  const { route } = getState();
  const query = route.view === 'insight' ? route.query : undefined;
  getState().navigated({
    view: 'traces',
    fromMs,
    toMs,
    ...(query === undefined ? {} : { query }),
  });
}
