import {
  ALL_COLLAPSED,
  ALL_EXPANDED,
  deepestLevel,
  NOTHING_FOLDED,
  withLevels,
  withName,
  withService,
} from './folds.ts';
import type { FoldState } from './folds.ts';
import { OptionMenu } from '../ui/OptionMenu.tsx';
import type { MenuItem } from '../ui/OptionMenu.tsx';
import type { TraceTree } from '../derive/traceTree.ts';
import type { TraceIndex } from './waterfallIndex.ts';
import { formatCount } from '../../shared/units.ts';
import type { SpanNoise } from './useSpanNoise.ts';
import type { WaterfallOptions } from './waterfallOptions.ts';

type Props = {
  readonly tree: TraceTree;
  readonly index: TraceIndex;
  readonly folds: FoldState;
  readonly onFolds: (change: (folds: FoldState) => FoldState) => void;
  readonly options: WaterfallOptions;
  readonly onOptions: (options: WaterfallOptions) => void;
  /** What the commands about one operation or service mean; -1 for none. */
  readonly node: number;
  readonly noise: SpanNoise;
  readonly hasSkew: boolean;
  readonly hasLogs: boolean;
  readonly isListShown: boolean;
  readonly onList: (isShown: boolean) => void;
};

/** What is shown, and what is folded. */
export function WaterfallMenu(props: Props) {
  const { tree, index, noise, folds, onFolds, options, onOptions, node, isListShown, onList } = props;
  const nameOf = (id: number) => tree.table.nameOf(id);
  const isNode = node >= 0 && node < index.count;
  const name = isNode ? tree.name(node) : '';
  const service = isNode ? index.service[node]! : -1;
  const check = (
    label: string,
    key: 'critical' | 'self' | 'events' | 'logs' | 'errorsFirst' | 'foldRepeats' | 'adjustClocks',
    rest: { readonly keys?: string; readonly isOff?: boolean } = {},
  ): MenuItem => ({
    kind: 'check',
    label,
    isOn: options[key],
    run: () => onOptions({ ...options, [key]: !options[key] }),
    ...rest,
  });
  const column = (label: string, key: keyof WaterfallOptions['columns']): MenuItem => ({
    kind: 'check',
    label,
    isOn: options.columns[key],
    run: () => onOptions({ ...options, columns: { ...options.columns, [key]: !options.columns[key] } }),
  });
  const levels = Math.min(5, deepestLevel(index) - 1);
  const items: MenuItem[] = [
    { kind: 'group', label: 'On the bars' },
    check('Critical path', 'critical', { keys: 'c' }),
    {
      kind: 'check',
      label: 'Critical path as a list',
      isOn: isListShown,
      run: () => onList(!isListShown),
    },
    check('Self time', 'self'),
    ...(props.hasSkew ? [check('Bring clocks together', 'adjustClocks')] : []),
    { kind: 'group', label: 'Rows' },
    check('Events in place', 'events', { keys: 'v' }),
    check('Log records in place', 'logs', { keys: 'l', isOff: !props.hasLogs }),
    check('Errors first', 'errorsFirst', { keys: 'r' }),
    check('Fold repeated siblings', 'foldRepeats'),
    {
      kind: 'check',
      label: noise.count > 0 ? `Hide noise (${formatCount(noise.count)})` : 'Hide noise',
      isOn: !noise.isShown,
      run: () => noise.onShow(!noise.isShown),
    },
    { kind: 'group', label: 'Columns' },
    column('Start', 'start'),
    column('Duration', 'duration'),
    column('Self time of the span', 'self'),
  ];
  const folding: MenuItem[] = [
    { kind: 'action', label: 'Expand everything', keys: 'Shift+E', run: () => onFolds(() => ALL_EXPANDED) },
    {
      kind: 'action',
      label: 'Collapse everything',
      keys: 'Shift+C',
      run: () => onFolds(() => ALL_COLLAPSED),
    },
    { kind: 'action', label: 'As at first', run: () => onFolds(() => NOTHING_FOLDED) },
    ...Array.from({ length: Math.max(0, levels) }, (_, i): MenuItem => {
      const shown = i + 1;
      return {
        kind: 'check',
        label: shown === 1 ? 'Outermost level only' : `${shown} levels`,
        ...(i === 0 && { keys: '[ ]' }),
        isOn: folds.levels === shown,
        run: () => onFolds((was) => withLevels(was, was.levels === shown ? null : shown)),
      };
    }),
    {
      kind: 'check',
      label: isNode ? `Collapse every “${shortened(name)}”` : 'Collapse spans of one operation',
      keys: 'Shift+O',
      isOff: !isNode,
      isOn: isNode && folds.names.has(name),
      run: () => onFolds((was) => withName(was, index, name, nameOf)),
    },
    ...(index.services > 1
      ? [
          {
            kind: 'check',
            label: isNode
              ? `Collapse ${shortened(tree.table.serviceOf(tree.row(node)))}`
              : 'Collapse spans of one service',
            keys: 'Shift+S',
            isOff: !isNode,
            isOn: isNode && folds.services.has(service),
            run: () => onFolds((was) => withService(was, index, service)),
          } as const,
        ]
      : []),
  ];
  return (
    <>
      <OptionMenu text="View" label="What the waterfall shows" items={items} />
      <OptionMenu text="Fold" label="What is folded" items={folding} />
    </>
  );
}

function shortened(text: string): string {
  return text.length <= 28 ? text : `${text.slice(0, 27)}…`;
}
