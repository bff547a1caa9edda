import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatCount, formatPercent } from '../../../shared/units.ts';
import { ChartFrame } from '../../charts/ChartFrame.tsx';
import { ChartTip } from '../../charts/ChartTip.tsx';
import { formatAxisCount } from '../../derive/tokens.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { evenTicks } from './evenTicks.ts';

/** More bars than this are put together: recharts is for summaries. */
const MAX_BARS = 120;
const HEIGHT_PX = 180;

/** The axis says whether days are past or to come. */
const dayTick = (day: number) => formatAxisCount(Math.abs(day));

type Row = { readonly day: number; readonly parts: readonly number[] };
type Props = {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly names: readonly string[];
  readonly colours: readonly string[];
  readonly formatDay: (day: number) => string;
  /** What the axes count. */
  readonly axes: string;
};

/** Stacked bars over days, or over any other steps. */
export function DayBars({ title, rows, names, colours, formatDay, axes }: Props) {
  const bars = together(rows);
  const totals = names.map((_name, index) => rows.reduce((sum, row) => sum + (row.parts[index] ?? 0), 0));
  const all = totals.reduce((sum, total) => sum + total, 0);
  if (all === 0) {
    return (
      <EmptyState icon="chart" title={title}>
        Nothing in this period.
      </EmptyState>
    );
  }
  return (
    <ChartFrame
      title={title}
      summary={names.map((name, index) => `${name}: ${formatCount(totals[index] ?? 0)}`).join('; ')}
      legend={names.map((name, index) => ({ name, colour: colours[index] ?? '' }))}
      columns={['When', ...names]}
      rows={() => rows.map((row) => [formatDay(row.day), ...row.parts.map(formatCount)])}
      axes={axes}
      chart={
        <ResponsiveContainer width="100%" height={HEIGHT_PX}>
          <BarChart
            data={bars.map(({ day, parts }) => ({ day, ...parts }))}
            accessibilityLayer={false}
            margin={{ top: 8, left: -16, right: 8 }}
          >
            <XAxis
              dataKey="day"
              tickLine={false}
              axisLine={false}
              interval={0}
              ticks={evenTicks(bars)}
              tickFormatter={dayTick}
            />
            <YAxis tickFormatter={formatAxisCount} tickLine={false} axisLine={false} allowDecimals={false} />
            <Tooltip
              cursor={{ fill: 'var(--hover)' }}
              content={<ChartTip formatLabel={(day) => formatDay(Number(day))} formatValue={formatCount} />}
              isAnimationActive={false}
            />
            {names.map((name, index) => (
              <Bar
                key={name}
                dataKey={String(index)}
                name={name}
                stackId="a"
                fill={colours[index]}
                isAnimationActive={false}
              />
            ))}
          </BarChart>
        </ResponsiveContainer>
      }
    />
  );
}

type ShareProps = {
  readonly title: string;
  readonly rows: readonly { readonly name: string; readonly parts: readonly number[] }[];
  readonly names: readonly string[];
  readonly colours: readonly string[];
};

/** A bar of shares for each row. */
export function ShareBars({ title, rows, names, colours }: ShareProps) {
  const shown = rows.filter((row) => row.parts.some((part) => part > 0));
  const share = (row: ShareProps['rows'][number], part: number) =>
    part /
    Math.max(
      1,
      row.parts.reduce((sum, value) => sum + value, 0),
    );
  return (
    <ChartFrame
      title={title}
      summary={shown
        .map(
          (row) =>
            `${row.name}: ${row.parts.map((part, index) => `${names[index]} ${formatPercent(share(row, part))}`).join(', ')}`,
        )
        .join('; ')}
      legend={names.map((name, index) => ({ name, colour: colours[index] ?? '' }))}
      columns={['Cards', ...names]}
      rows={rows.map((row) => [row.name, ...row.parts.map(formatCount)])}
      chart={
        <div className="share-bars">
          {shown.map((row) => (
            <div key={row.name} className="share-row">
              {shown.length > 1 && <span className="small muted">{row.name}</span>}
              <div className="share-bar">
                {row.parts.map((part, index) =>
                  part === 0 ? null : (
                    <div
                      key={names[index]}
                      title={`${names[index]}: ${formatCount(part)} (${formatPercent(share(row, part))})`}
                      style={{ width: `${100 * share(row, part)}%`, background: colours[index] }}
                    />
                  ),
                )}
              </div>
            </div>
          ))}
          {shown.length === 0 && <p className="muted small">Nothing in this period.</p>}
        </div>
      }
    />
  );
}

/** At most so many bars: neighbours are summed. */
function together(rows: readonly Row[]): readonly Row[] {
  const step = Math.ceil(rows.length / MAX_BARS);
  if (step <= 1) return rows;
  const bars: Row[] = [];
  for (let at = 0; at < rows.length; at += step) {
    const group = rows.slice(at, at + step);
    const [first] = group;
    if (first === undefined) break;
    bars.push({
      day: first.day,
      parts: first.parts.map((_part, index) => group.reduce((sum, row) => sum + (row.parts[index] ?? 0), 0)),
    });
  }
  return bars;
}
