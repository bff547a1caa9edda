/** What is seldom wanted of a trace: links, copies, files. */
import { toCallError } from '../api.ts';
import { linkOf } from '../derive/link.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { getState } from '../store/index.ts';
import type { TraceViewKind } from '../store/route.ts';
import { bridge } from '../bridge.ts';
import { copyToClipboard } from '../store/clipboard.ts';
import type { MenuItem } from '../ui/OptionMenu.tsx';
import type { TimeWindow } from '../flame/viewport.ts';

type Place = {
  readonly show: TraceViewKind;
  readonly spanId: string | null;
  readonly find: string;
  /** In ms after the first start. */
  readonly window: TimeWindow | null;
};

export function traceMenu({ traceId }: TraceTree, place: Place): readonly MenuItem[] {
  const { show, spanId, find, window } = place;
  const link = linkOf({
    view: 'traces',
    traceId,
    show,
    ...(spanId !== null && { spanId }),
    ...(find !== '' && { find }),
    ...(window !== null && { window }),
  });
  const api = bridge();
  const copies: MenuItem[] = [
    { kind: 'action', label: 'Copy a link to this place', run: () => void copyToClipboard(link, 'The link') },
    {
      kind: 'action',
      label: 'Copy the trace id',
      run: () => void copyToClipboard(traceId, 'The trace id'),
    },
  ];
  if (api === null) return copies;
  const told = (call: Promise<unknown>) =>
    void call.catch((thrown: unknown) => {
      const { message, hint } = toCallError(thrown);
      getState().toastAdded({ tone: 'bad', text: message, hint });
    });
  const exported = (label: string, format: 'otlp' | 'chrome' | 'html'): MenuItem => ({
    kind: 'action',
    label,
    run: () =>
      told(
        api.exportTraces({ selection: { traceIds: [traceId] }, format }).then((report) => {
          if (report !== null)
            getState().toastAdded({ tone: 'good', text: 'The trace is saved.', hint: report.path });
        }),
      ),
  });
  return [
    ...copies,
    {
      kind: 'action',
      label: 'Copy for a language model',
      run: () => told(api.textForLlm({ traceId }).then((text) => copyToClipboard(text, 'The trace as text'))),
    },
    { kind: 'group', label: 'Save' },
    exported('OTLP JSON…', 'otlp'),
    exported('Chrome trace…', 'chrome'),
    exported('A page of its own…', 'html'),
    { kind: 'group', label: 'Elsewhere' },
    {
      kind: 'action',
      label: 'Its log records',
      run: () => getState().navigated({ view: 'logs', traceId }),
    },
  ];
}
