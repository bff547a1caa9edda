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
import { Menu } from '../ui/Menu.tsx';
import type { MenuEntry, MenuItem } from '../ui/Menu.tsx';
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
    rest: { readonly keys?: string; readonly disabled?: boolean } = {},
  ): MenuItem => ({
    id: key,
    label,
    isOn: options[key],
    run: () => onOptions({ ...options, [key]: !options[key] }),
    ...rest,
  });
  const column = (label: string, key: keyof WaterfallOptions['columns']): MenuItem => ({
    id: `column ${key}`,
    label,
    isOn: options.columns[key],
    run: () => onOptions({ ...options, columns: { ...options.columns, [key]: !options.columns[key] } }),
  });
  const levels = Math.min(5, deepestLevel(index) - 1);
  const items: MenuEntry[] = [
    { heading: 'On the bars' },
    check('Critical path', 'critical', { keys: 'c' }),
    {
      id: 'criticalList',
      label: 'Critical path as a list',
      isOn: isListShown,
      run: () => onList(!isListShown),
    },
    check('Self time', 'self'),
    ...(props.hasSkew ? [check('Bring clocks together', 'adjustClocks')] : []),
    { heading: 'Rows' },
    check('Events in place', 'events', { keys: 'v' }),
    check('Log records in place', 'logs', { keys: 'l', disabled: !props.hasLogs }),
    check('Errors first', 'errorsFirst', { keys: 'r' }),
    check('Fold repeated siblings', 'foldRepeats'),
    {
      id: 'noise',
      label: noise.count > 0 ? `Hide noise (${formatCount(noise.count)})` : 'Hide noise',
      isOn: !noise.isShown,
      run: () => noise.onShow(!noise.isShown),
    },
    { heading: 'Columns' },
    column('Start', 'start'),
    column('Duration', 'duration'),
    column('Self time of the span', 'self'),
  ];
  const folding: MenuEntry[] = [
    { id: 'expand', label: 'Expand everything', keys: 'Shift+E', run: () => onFolds(() => ALL_EXPANDED) },
    {
      id: 'collapse',
      label: 'Collapse everything',
      keys: 'Shift+C',
      run: () => onFolds(() => ALL_COLLAPSED),
    },
    { id: 'first', label: 'As at first', run: () => onFolds(() => NOTHING_FOLDED) },
    ...Array.from({ length: Math.max(0, levels) }, (_, i): MenuItem => {
      const shown = i + 1;
      return {
        id: `levels ${shown}`,
        label: shown === 1 ? 'Outermost level only' : `${shown} levels`,
        ...(i === 0 && { keys: '[ ]' }),
        isOn: folds.levels === shown,
        run: () => onFolds((was) => withLevels(was, was.levels === shown ? null : shown)),
      };
    }),
    {
      id: 'operation',
      label: isNode ? `Collapse every “${shortened(name)}”` : 'Collapse spans of one operation',
      keys: 'Shift+O',
      disabled: !isNode,
      isOn: isNode && folds.names.has(name),
      run: () => onFolds((was) => withName(was, index, name, nameOf)),
    },
    ...(index.services > 1
      ? [
          {
            id: 'service',
            label: isNode
              ? `Collapse ${shortened(tree.table.serviceOf(tree.row(node)))}`
              : 'Collapse spans of one service',
            keys: 'Shift+S',
            disabled: !isNode,
            isOn: isNode && folds.services.has(service),
            run: () => onFolds((was) => withService(was, index, service)),
          } as const,
        ]
      : []),
  ];
  return (
    <>
      <Menu label="View" name="View: what the waterfall shows" items={items} />
      <Menu label="Fold" name="Fold: what is folded" items={folding} />
    </>
  );
}

function shortened(text: string): string {
  return text.length <= 28 ? text : `${text.slice(0, 27)}…`;
}
