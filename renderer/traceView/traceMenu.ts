/** What is seldom wanted of a trace: links, copies, files. */
import type { ExportFormat } from '../../shared/traceQuery.ts';
import { linkOf } from '../derive/link.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { getState } from '../store/index.ts';
import type { TraceViewKind } from '../store/route.ts';
import { bridge } from '../bridge.ts';
import { copyToClipboard } from '../store/clipboard.ts';
import { copyForLlm, exportTraces } from '../store/traceCommands.ts';
import type { ExportAlong } from '../store/traceCommands.ts';
import type { MenuEntry, MenuItem } from '../ui/Menu.tsx';
import type { TimeWindow } from '../flame/viewport.ts';

type Place = {
  readonly show: TraceViewKind;
  readonly spanId: string | null;
  readonly find: string;
  /** In ms after the first start. */
  readonly window: TimeWindow | null;
};

export function traceMenu({ traceId }: TraceTree, place: Place): readonly MenuEntry[] {
  const { show, spanId, find, window } = place;
  const link = linkOf({
    view: 'traces',
    traceId,
    show,
    ...(spanId !== null && { spanId }),
    ...(find !== '' && { find }),
    ...(window !== null && { window }),
  });
  const copies: MenuItem[] = [
    { id: 'link', label: 'Copy a link to this place', run: () => void copyToClipboard(link, 'The link') },
    {
      id: 'id',
      label: 'Copy the trace id',
      run: () => void copyToClipboard(traceId, 'The trace id'),
    },
  ];
  if (bridge() === null) return copies;
  const exported = (label: string, format: ExportFormat, along: ExportAlong = {}): MenuItem => ({
    id: [format, along.withLogs && 'logs', along.withMetrics && 'metrics'].filter(Boolean).join(' '),
    label,
    run: () => void exportTraces({ traceIds: [traceId] }, format, along),
  });
  return [
    ...copies,
    {
      id: 'llm',
      label: 'Copy for a language model',
      run: () => void copyForLlm(traceId),
    },
    { heading: 'Save' },
    exported('OTLP JSON…', 'otlp'),
    exported('OTLP JSON with its log records…', 'otlp', { withLogs: true }),
    exported('OTLP JSON with log records and metrics…', 'otlp', { withLogs: true, withMetrics: true }),
    exported('Chrome trace…', 'chrome'),
    exported('A page of its own…', 'html'),
    exported('A page with its log records…', 'html', { withLogs: true }),
    { heading: 'Elsewhere' },
    {
      id: 'logs',
      label: 'Its log records',
      run: () => getState().navigated({ view: 'logs', traceId }),
    },
  ];
}
