import { useCallback, useMemo, useState } from 'react';
import type { OPERATION_GROUPS, OperationStats } from '../../../shared/traceQuery.ts';
import { formatCount } from '../../../shared/units.ts';
import { DistributionPlot } from '../../charts/DistributionPlot.tsx';
import { askOperations } from '../../store/insightCommands.ts';
import type { AskedSearch } from '../../store/searchSlice.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { CompareVersions } from './CompareVersions.tsx';
import { FigureArea } from './FigureArea.tsx';
import { openTraces } from './insightRoute.ts';
import { LeftOutNote } from './LeftOutNote.tsx';
import { operationColumns, operationKey, operationName } from './operationColumns.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { SortTable } from './SortTable.tsx';
import { useFigures } from './useFigures.ts';
import { versionsOf } from './versionChange.ts';

type By = (typeof OPERATION_GROUPS)[number];
type Choice = By | 'compare';
const CHOICES = [
  { id: 'operation', label: 'By operation' },
  { id: 'version', label: 'By version' },
  { id: 'service', label: 'By service' },
  { id: 'compare', label: 'Compare versions' },
] as const satisfies readonly { id: Choice; label: string }[];
const LIMIT = 1000;
const SLOWEST = { id: 'totalMs', isDown: true };

function tracesOf({ service, version, name }: OperationStats, errorsOnly: boolean): void {
  void openTraces({
    ...(name === null ? {} : { name }),
    service,
    ...(version === null ? {} : { version }),
    error: errorsOnly,
  });
}

/** What was called, how often, how long it took and how often it failed. */
export function OperationsTab() {
  const [choice, setChoice] = useState<Choice>('operation');
  const by: By = choice === 'compare' ? 'version' : choice;
  const ask = useCallback((search: AskedSearch) => askOperations({ ...search, by, limit: LIMIT }), [by]);
  const figures = useFigures(ask);
  const [openKey, setOpenKey] = useState<string | null>(null);
  const columns = useMemo(
    () =>
      operationColumns({
        by,
        openKey,
        onTraces: tracesOf,
        onOpen: (row) => setOpenKey((now) => (now === operationKey(row) ? null : operationKey(row))),
      }),
    [by, openKey],
  );
  return (
    <div className="insight-tab">
      <div className="tab-tools">
        <Segmented label="Operations" options={CHOICES} value={choice} onChange={setChoice} />
      </div>
      <FigureArea what="Operations" figures={figures}>
        {({ items, leftOut }) => {
          if (items.length === 0) {
            return (
              <EmptyState icon="chart" title="No spans here">
                None match the query in this time. A run, an import or the receiver brings some.
              </EmptyState>
            );
          }
          return (
            <>
              {choice === 'compare' ? (
                <CompareVersions rows={items} versions={versionsOf(items)} />
              ) : (
                <div className="page-table">
                  <SortTable
                    label="Operations"
                    testId="operations"
                    columns={columns}
                    rows={items}
                    rowKey={operationKey}
                    start={SLOWEST}
                    renderBelow={(row) =>
                      operationKey(row) !== openKey ? null : (
                        <DistributionPlot
                          label={`Durations of ${operationName(row)}`}
                          sides={[{ ...row, name: `${operationName(row)}, ${formatCount(row.count)} spans` }]}
                        />
                      )
                    }
                  />
                </div>
              )}
              <LeftOutNote leftOut={leftOut} what="operations" />
            </>
          );
        }}
      </FigureArea>
    </div>
  );
}
