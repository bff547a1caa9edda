import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { RunProgress } from '../../shared/run.ts';
import { formatCount } from '../../shared/units.ts';
import { STAGE_LABELS } from '../derive/stageLabels.ts';
import {
  TOKEN_KINDS,
  TOKEN_KIND_LABELS,
  billedTokens,
  estimateOf,
  formatAxisCount,
  formatShort,
  savedTokens,
  tokenRows,
} from '../derive/tokens.ts';
import { EmptyState } from '../ui/EmptyState.tsx';
import { Stat } from '../ui/Stat.tsx';
import { ChartFrame } from './ChartFrame.tsx';
import { ChartTip } from './ChartTip.tsx';
import { CostEstimate } from './CostEstimate.tsx';
import { useThrottled } from './useThrottled.ts';

const REDRAW_MS = 500;
const COLOURS = {
  input: 'var(--chart-1)',
  cacheRead: 'var(--chart-5)',
  cacheWrite: 'var(--chart-3)',
  output: 'var(--chart-2)',
  reasoning: 'var(--chart-4)',
} as const;

/** Tokens by stage, model and kind; where none were billed, what the run would have taken elsewhere. */
export function TokensPanel({ run }: { run: RunProgress }) {
  const shown = useThrottled(run, REDRAW_MS);
  const billed = billedTokens(shown.stages);
  const saved = savedTokens(shown.stages);
  const estimate = estimateOf(shown.stages);
  if (billed === 0) {
    return (
      <div className="charts" data-testid="tokens-panel">
        <div>
          <p className="figure">
            <span className="figure-value">0</span>
            <strong>tokens billed</strong>
          </p>
          <p className="muted">
            {shown.generator === 'offline'
              ? 'The offline generator calls no model.'
              : 'Every answer so far came from the cache, or no call has been answered yet.'}
            {saved > 0 && ` The cache saved ${formatCount(saved)} tokens.`}
          </p>
        </div>
        {estimate !== null ? (
          <CostEstimate run={shown} estimate={estimate} />
        ) : (
          <p className="muted small">{settledNote(shown)}</p>
        )}
      </div>
    );
  }
  const rows = tokenRows(shown.stages);
  const kinds = TOKEN_KINDS.filter((kind) => rows.some((row) => row.usage[kind] > 0));
  if (rows.length === 0) return <EmptyState icon="chart" title="No calls yet" />;
  return (
    <div className="charts" data-testid="tokens-panel">
      <div>
        <p className="figure">
          <span className="figure-value" data-testid="tokens-billed">
            {formatCount(billed)}
          </span>
          <span className="muted">tokens billed</span>
        </p>
        <dl className="stats">
          {kinds.map((kind) => (
            <Stat
              key={kind}
              label={TOKEN_KIND_LABELS[kind]}
              value={formatShort(rows.reduce((sum, row) => sum + row.usage[kind], 0))}
            />
          ))}
          <Stat label="Not paid again" value={formatShort(saved)} note="from the cache" />
          <Stat label="Calls" value={formatCount(rows.reduce((sum, row) => sum + row.calls, 0))} />
        </dl>
      </div>
      <ChartFrame
        title="By stage and model"
        summary={rows
          .map((row) => `${STAGE_LABELS[row.stage]} with ${row.model}: ${formatCount(row.total)} tokens`)
          .join('; ')}
        legend={kinds.map((kind) => ({ name: TOKEN_KIND_LABELS[kind], colour: COLOURS[kind] }))}
        columns={[
          'Stage',
          'Calls',
          ...kinds.map((kind) => TOKEN_KIND_LABELS[kind]),
          'Total',
          'Not paid again',
        ]}
        rows={rows.map((row) => [
          `${STAGE_LABELS[row.stage]} · ${row.model}`,
          formatCount(row.calls),
          ...kinds.map((kind) => formatCount(row.usage[kind])),
          formatCount(row.total),
          formatCount(row.saved),
        ])}
        chart={
          <ResponsiveContainer width="100%" height={240}>
            <BarChart
              data={rows.map((row) => ({ name: `${STAGE_LABELS[row.stage]} · ${row.model}`, ...row.usage }))}
              barSize={56}
              accessibilityLayer={false}
              margin={{ top: 8, left: -8, right: 8 }}
            >
              <XAxis dataKey="name" tickLine={false} axisLine={false} />
              <YAxis tickFormatter={formatAxisCount} tickLine={false} axisLine={false} />
              <Tooltip
                cursor={{ fill: 'var(--hover)' }}
                content={<ChartTip formatLabel={String} formatValue={formatCount} />}
                isAnimationActive={false}
              />
              {kinds.map((kind) => (
                <Bar
                  key={kind}
                  dataKey={kind}
                  name={TOKEN_KIND_LABELS[kind]}
                  stackId="a"
                  fill={COLOURS[kind]}
                  isAnimationActive={false}
                />
              ))}
            </BarChart>
          </ResponsiveContainer>
        }
      />
    </div>
  );
}

function settledNote(run: RunProgress): string {
  return run.stages.length === 0
    ? 'An estimate appears with the first finished rows.'
    : 'There is nothing to estimate: no answer had to be made anew in this run.';
}
