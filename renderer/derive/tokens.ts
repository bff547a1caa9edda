/** Token and money arithmetic over a run's stages. Every token is in exactly one kind, so sums never double. */
import type { ModelPrice, StageStats, TokenUsage } from '../../shared/run.ts';

export const TOKEN_KINDS = ['input', 'cacheRead', 'cacheWrite', 'output', 'reasoning'] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

export const TOKEN_KIND_LABELS: Readonly<Record<TokenKind, string>> = {
  input: 'Input',
  cacheRead: 'Input, prompt cache read',
  cacheWrite: 'Input, prompt cache written',
  output: 'Output',
  reasoning: 'Reasoning',
};

export type TokenRow = {
  readonly stage: StageStats['stage'];
  readonly model: string;
  readonly calls: number;
  readonly usage: TokenUsage;
  readonly total: number;
  readonly saved: number;
};

/** All tokens of one usage. */
function usageTotal(usage: TokenUsage): number {
  return TOKEN_KINDS.reduce((sum, kind) => sum + usage[kind], 0);
}

/** One row a stage and model, in the order in which the run reports them. */
export function tokenRows(stages: readonly StageStats[]): readonly TokenRow[] {
  return stages.map(({ stage, model, calls, tokens, saved }) => ({
    stage,
    model,
    calls,
    usage: tokens,
    total: usageTotal(tokens),
    saved,
  }));
}

/** Tokens that the run really paid for. */
export function billedTokens(stages: readonly StageStats[]): number {
  return stages.reduce((sum, stage) => sum + usageTotal(stage.tokens), 0);
}

/** Tokens that cached answers once cost and this run did not pay again. */
export function savedTokens(stages: readonly StageStats[]): number {
  return stages.reduce((sum, stage) => sum + stage.saved, 0);
}

export type Estimate = { readonly input: number; readonly output: number };

/** What the run would take with a hosted model; `null` where no stage carries an estimate. */
export function estimateOf(stages: readonly StageStats[]): Estimate | null {
  let input = 0;
  let output = 0;
  for (const stage of stages) {
    input += stage.estimate.input;
    output += stage.estimate.output;
  }
  return input + output > 0 ? { input, output } : null;
}

/** US dollars for an estimate. */
export function estimateCost(estimate: Estimate, price: ModelPrice): number {
  return (estimate.input * price.inputPerMillion + estimate.output * price.outputPerMillion) / 1e6;
}

/** Dollars with as many decimals as two significant digits need: `$12.30`, `$0.042`, `under $0.0001`. */
export function formatDollars(dollars: number): string {
  if (dollars === 0) return '$0';
  if (dollars < 0.0001) return 'under $0.0001';
  if (dollars >= 1) return `$${dollars.toFixed(2)}`;
  return `$${dollars.toFixed(Math.min(4, 1 - Math.floor(Math.log10(dollars))))}`;
}

/** Axis labels: the short form without a needless `.0`. */
export function formatAxisCount(count: number): string {
  return formatShort(count).replace('.0', '');
}

/** Short form for dense places: `950`, `12.4k`, `3.1M`. */
export function formatShort(count: number): string {
  if (count < 1000) return String(Math.round(count));
  if (count < 999_500) return `${(count / 1000).toFixed(count < 99_950 ? 1 : 0)}k`;
  return `${(count / 1e6).toFixed(1)}M`;
}
