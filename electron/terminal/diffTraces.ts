/** `trace diff`: two traces, or all that two questions find, by call path. */
import { diffCallTrees, describeNode, DIFF_MEASURES, VERDICT } from '../../shared/analysis/callTreeDiff.ts';
import type { CallTreeDiff } from '../../shared/analysis/callTreeDiff.ts';
import {
  changeText,
  deltaText,
  diffByMeasure,
  formatPerTrace,
  totalChangeText,
} from '../../shared/analysis/diffMeasure.ts';
import type { DiffByMeasure } from '../../shared/analysis/diffMeasure.ts';
import { formatMeasure } from '../../shared/analysis/measures.ts';
import type { NoiseRule } from '../../shared/settings.ts';
import type { CallTree, FoundCallTree, Hidden } from '../../shared/traceQuery.ts';
import { formatCount } from '../../shared/units.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { printable } from '../telemetry/console/textWidth.ts';
import { counted, leftOutText, showingPlace } from './answerText.ts';
import { findTrace } from './storedTraces.ts';
import { print } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import type { TraceProgram } from './traceCommands.ts';
import type { TraceCommandOf } from './traceArguments.ts';

/** Paths that are printed; `--json` has all. */
const MAX_PRINTED = 60;

/** `trace diff`. */
export async function diffTraces(
  program: TraceProgram,
  { a, b, by, adjustClocks, showsNoise, fromMs, limit }: TraceCommandOf<'trace diff'>,
  terminal: Terminal,
): Promise<number> {
  await program.flush();
  const rules = showsNoise ? [] : program.settings.current().traces.noise.filter(({ enabled }) => enabled);
  const hiding = (hides: NoiseRule['hides']) => rules.filter((rule) => rule.hides === hides);
  const found = [await treeOf(a), await treeOf(b)] as const;
  const [left, right] = [found[0].tree, found[1].tree];
  const diff = diffCallTrees(left, right);
  const byMeasure = diffByMeasure(diff, by);
  const nodes = changedNodes(diff, byMeasure, left, right);
  const hidden = {
    traces: sum(found.map((side) => side.hidden?.traces)),
    spans: sum(found.map((side) => side.hiddenSpans?.spans)),
  };
  const skewedTraces = sum(found.map((side) => side.skewedTraces));
  const report = {
    by,
    note: diff.note,
    traces: { a: left.traces, b: right.traces },
    total: { a: byMeasure.totalA, b: byMeasure.totalB },
    hidden,
    skewedTraces,
    nodes: nodes.map(({ node: _node, ...told }) => told),
  };
  print(terminal, report, () =>
    [
      totalChangeText(byMeasure),
      diff.note,
      ...nodes.slice(0, MAX_PRINTED).map((each) => linesOf(diff, byMeasure, each)),
    ].join('\n'),
  );
  if (!terminal.json) tellRest();
  return 0;

  async function treeOf(asked: string): Promise<FoundCallTree> {
    const isId = /^[0-9a-f]{4,32}$/.test(asked);
    const traceIds = isId ? [await findTrace(program, asked)] : [];
    const answer = await showingPlace(isId ? null : asked, terminal, () =>
      program.traces.ask('callTree', {
        query: isId ? '' : asked,
        fromMs,
        toMs: null,
        traceIds,
        maxTraces: limit ?? 10_000,
        hide: hiding('traces').map(({ query }) => query),
        hideSpans: hiding('spans').map(({ query }) => query),
        adjustClocks,
      }),
    );
    if (answer.tree.traces === 0) {
      const isHidden = (answer.hidden?.traces ?? 0) > 0;
      throw new TracedeckError('user', 'trace_unknown', `'${asked}' finds no trace to compare.`, {
        hint: isHidden
          ? 'Noise rules hide all that it finds: --noise takes them along.'
          : 'Both sides of a comparison need one at least.',
      });
    }
    leftOutText(answer.leftOut, terminal);
    return answer;
  }

  /** Beside the answer: what it is without, and what more there is. */
  function tellRest(): void {
    const { stderr } = terminal;
    if (hidden.traces + hidden.spans > 0) {
      const parts = [
        ...(hidden.traces > 0 ? [counted(hidden.traces, 'trace')] : []),
        ...(hidden.spans > 0 ? [counted(hidden.spans, 'span')] : []),
      ];
      stderr.write(`${parts.join(' and ')} hidden by noise rules (--noise takes them along)\n`);
    }
    for (const [kind, told] of [
      ['traces', found[0].hidden ?? found[1].hidden],
      ['spans', found[0].hiddenSpans],
    ] as const) {
      for (const fault of faultsOf(hiding(kind), told)) stderr.write(`${printable(fault)}\n`);
    }
    if (skewedTraces > 0) {
      const what = adjustClocks ? 'and are brought together' : '(--adjust-clocks brings them together)';
      stderr.write(`clocks differ in ${counted(skewedTraces, 'trace')} ${what}\n`);
    }
    if (nodes.length > MAX_PRINTED)
      stderr.write(`… ${formatCount(nodes.length - MAX_PRINTED)} more paths (--json has all)\n`);
  }
}

const sum = (counts: readonly (number | undefined)[]): number =>
  counts.reduce<number>((total, count) => total + (count ?? 0), 0);

function faultsOf(rules: readonly NoiseRule[], told: Pick<Hidden, 'faults'> | undefined): readonly string[] {
  return (told?.faults ?? []).map(
    ({ at, message }) => `The noise rule “${rules[at]?.name ?? ''}” hides nothing: ${message}`,
  );
}

type Sides = { readonly a: number; readonly b: number };
type ChangedNode = {
  readonly node: number;
  readonly path: readonly string[];
  readonly service: string;
  readonly text: string;
  readonly verdict: string;
  readonly adjustedP: number | null;
  /** With all below it, a trace, in the measure that was asked for. */
  readonly measured: Sides;
  readonly a: Readonly<Record<string, number>>;
  readonly b: Readonly<Record<string, number>>;
};

/** Nodes that are not the same in both, those of the largest change in the measure first. */
function changedNodes(
  diff: CallTreeDiff,
  { inA, inB }: DiffByMeasure,
  a: CallTree,
  b: CallTree,
): ChangedNode[] {
  const nodes: ChangedNode[] = [];
  for (let node = 0; node < diff.nodes; node += 1) {
    const measures = DIFF_MEASURES.map((name) => [name, diff.a[name][node]!, diff.b[name][node]!] as const);
    if (diff.verdict[node] !== VERDICT.one && measures.every(([, before, after]) => before === after))
      continue;
    const path: string[] = [];
    for (let at = node; at >= 0; at = diff.parent[at]!) path.unshift(diff.strings[diff.name[at]!]!);
    nodes.push({
      node,
      path,
      service: diff.strings[diff.service[node]!]!,
      text: describeNode(diff, a, b, node),
      verdict: Object.keys(VERDICT)[diff.verdict[node]!]!,
      adjustedP: Number.isNaN(diff.adjustedP[node]!) ? null : diff.adjustedP[node]!,
      measured: { a: inA[node]!, b: inB[node]! },
      a: Object.fromEntries(measures.map(([name, before]) => [name, before])),
      b: Object.fromEntries(measures.map(([name, , after]) => [name, after])),
    });
  }
  const changeOf = ({ measured }: ChangedNode): number => Math.abs(measured.b - measured.a);
  return nodes.sort((x, y) => changeOf(y) - changeOf(x));
}

/** A path, its figures, and what they are worth, below each other. */
function linesOf(
  diff: CallTreeDiff,
  { measure }: DiffByMeasure,
  { node, path, text, measured: { a, b } }: ChangedNode,
): string {
  const figures = `${formatMeasure(measure, a)} → ${formatMeasure(measure, b)} a trace`;
  const spans = `${formatPerTrace(diff.a.spans[node]!)} → ${formatPerTrace(diff.b.spans[node]!)} spans`;
  return [
    printable(path.join(' › ')),
    `  ${deltaText(measure, a, b)} (${changeText(a, b)}): ${figures}, ${spans}`,
    `  ${printable(text)}`,
  ].join('\n');
}
