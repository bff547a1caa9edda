import './errors.css';
import { useCallback, useMemo, useState } from 'react';
import type { ErrorGroup } from '../../../shared/traceQuery.ts';
import { formatCount } from '../../../shared/units.ts';
import { Sparkline } from '../../charts/Sparkline.tsx';
import { formatWhen } from '../../derive/clock.ts';
import { askErrorGroups } from '../../store/insightCommands.ts';
import type { AskedSearch } from '../../store/searchSlice.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorDetails } from './ErrorDetails.tsx';
import { faultName } from './faultName.ts';
import { FigureArea } from './FigureArea.tsx';
import { LeftOutNote } from './LeftOutNote.tsx';
import type { Column } from './sortRows.ts';
import { SortTable } from './SortTable.tsx';
import { useFigures } from './useFigures.ts';

const groupKey = ({ errorType, service, name, message }: ErrorGroup) =>
  JSON.stringify([errorType, service, name, message]);

/** Failures that are the same fault, the most frequent first. */
export function ErrorsTab() {
  const figures = useFigures(useCallback((search: AskedSearch) => askErrorGroups(search), []));
  const [openKey, setOpenKey] = useState<string | null>(null);
  const columns = useMemo(() => errorColumns(openKey, setOpenKey), [openKey]);
  return (
    <div className="insight-tab">
      <FigureArea what="Errors" figures={figures}>
        {({ items, leftOut }) =>
          items.length === 0 ? (
            <EmptyState icon="check" title="No errors here">
              No span that matches the query has failed in this time.
            </EmptyState>
          ) : (
            <>
              <div className="page-table">
                <SortTable
                  label="Error groups"
                  testId="error-groups"
                  columns={columns}
                  rows={items}
                  rowKey={groupKey}
                  start={{ id: 'count', isDown: true }}
                  renderBelow={(group) =>
                    groupKey(group) === openKey ? <ErrorDetails group={group} /> : null
                  }
                />
              </div>
              <LeftOutNote leftOut={leftOut} what="faults" />
            </>
          )
        }
      </FigureArea>
    </div>
  );
}

function errorColumns(
  openKey: string | null,
  setOpenKey: (key: string | null) => void,
): readonly Column<ErrorGroup>[] {
  return [
    {
      id: 'fault',
      label: 'Fault',
      value: (group) => `${faultName(group)} ${group.message}`,
      cell: (group) => {
        const key = groupKey(group);
        const isOpen = key === openKey;
        const name = faultName(group);
        return (
          <button
            type="button"
            className="error-name"
            aria-expanded={isOpen}
            data-action="error.open"
            onClick={() => setOpenKey(isOpen ? null : key)}
          >
            <strong className="has-errors">{name}</strong>
            {group.message !== name && !name.endsWith(`: ${group.message}`) && (
              <span className="error-message">{group.message || 'without a message'}</span>
            )}
          </button>
        );
      },
    },
    {
      id: 'name',
      label: 'In',
      value: ({ name }) => name,
      cell: ({ name, service }) => (
        <span className="operation-name">
          <span>{name}</span>
          <span className="faint small">{service}</span>
        </span>
      ),
    },
    {
      id: 'count',
      label: 'Count',
      align: 'right',
      value: ({ count }) => count,
      cell: ({ count }) => formatCount(count),
    },
    {
      id: 'trend',
      label: 'Trend',
      about: 'How often, over the time that all faults of this list cover',
      cell: ({ trend }) =>
        trend === undefined ? <span className="faint">–</span> : <Sparkline counts={trend} widthPx={110} />,
    },
    {
      id: 'first',
      label: 'First',
      align: 'right',
      value: ({ firstMs }) => firstMs,
      cell: ({ firstMs }) => formatWhen(firstMs),
    },
    {
      id: 'last',
      label: 'Last',
      align: 'right',
      value: ({ lastMs }) => lastMs,
      cell: ({ lastMs }) => formatWhen(lastMs),
    },
  ];
}
