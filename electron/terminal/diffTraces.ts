/** `trace diff`: two traces, or all that two questions find, by call path. */
import { diffCallTrees, describeNode, DIFF_MEASURES, VERDICT } from '../../shared/analysis/callTreeDiff.ts';
import type { CallTreeDiff } from '../../shared/analysis/callTreeDiff.ts';
import type { CallTree } from '../../shared/traceQuery.ts';
import { formatCount } from '../../shared/units.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { printable } from '../telemetry/console/textWidth.ts';
import { leftOutText, showingPlace } from './answerText.ts';
import { findTrace, print, type Terminal } from './commands.ts';
import type { TraceProgram } from './traceCommands.ts';
import type { TraceCommandOf } from './traceArguments.ts';

/** `trace diff`. */
export async function diffTraces(
  program: TraceProgram,
  { a, b, fromMs, limit }: TraceCommandOf<'trace diff'>,
  terminal: Terminal,
): Promise<number> {
  await program.flush();
  const [left, right] = [await treeOf(a), await treeOf(b)];
  const diff = diffCallTrees(left, right);
  const nodes = changedNodes(diff, left, right);
  print(terminal, { note: diff.note, traces: { a: left.traces, b: right.traces }, nodes }, () =>
    [
      diff.note,
      ...nodes.slice(0, 60).map(({ path, text }) => `${printable(path.join(' › '))}\n  ${printable(text)}`),
    ].join('\n'),
  );
  if (!terminal.json && nodes.length > 60)
    terminal.stderr.write(`… ${formatCount(nodes.length - 60)} more paths (--json has all)\n`);
  return 0;

  async function treeOf(asked: string): Promise<CallTree> {
    const isId = /^[0-9a-f]{4,32}$/.test(asked);
    const traceIds = isId ? [await findTrace(program, asked)] : [];
    const found = await showingPlace(isId ? null : asked, terminal, () =>
      program.traces.ask('callTree', {
        query: isId ? '' : asked,
        fromMs,
        toMs: null,
        traceIds,
        maxTraces: limit ?? 10_000,
      }),
    );
    if (found.tree.traces === 0) {
      throw new TracedeckError('user', 'trace_unknown', `'${asked}' finds no trace to compare.`, {
        hint: 'Both sides of a comparison need one at least.',
      });
    }
    leftOutText(found.leftOut, terminal);
    return found.tree;
  }
}

/** Nodes that are not the same in both, in the order of the difference. */
function changedNodes(diff: CallTreeDiff, a: CallTree, b: CallTree) {
  const nodes = [];
  for (let node = 0; node < diff.nodes; node += 1) {
    const measures = DIFF_MEASURES.map((name) => [name, diff.a[name][node]!, diff.b[name][node]!] as const);
    if (diff.verdict[node] !== VERDICT.one && measures.every(([, before, after]) => before === after))
      continue;
    const path: string[] = [];
    for (let at = node; at >= 0; at = diff.parent[at]!) path.unshift(diff.strings[diff.name[at]!]!);
    nodes.push({
      path,
      service: diff.strings[diff.service[node]!]!,
      text: describeNode(diff, a, b, node),
      verdict: Object.keys(VERDICT)[diff.verdict[node]!]!,
      adjustedP: Number.isNaN(diff.adjustedP[node]!) ? null : diff.adjustedP[node]!,
      a: Object.fromEntries(measures.map(([name, before]) => [name, before])),
      b: Object.fromEntries(measures.map(([name, , after]) => [name, after])),
    });
  }
  return nodes;
}
