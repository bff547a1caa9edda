import { useEffect, useState } from 'react';
import type { RunProgress } from '../../../shared/run.ts';
import type { FoundTrace } from '../../../shared/traceQuery.ts';
import { formatDuration } from '../../../shared/units.ts';
import { formatWhen } from '../../derive/clock.ts';
import { isForView, isTyping, shortcutKey } from '../../shell/shortcuts.ts';
import { copyLink } from '../../store/links.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectRuns } from '../../store/selectors.ts';
import { copyForLlm, goToSearch, pinTraces, traceBefore } from '../../store/traceCommands.ts';
import { Button } from '../../ui/Button.tsx';
import { Menu } from '../../ui/Menu.tsx';
import type { MenuItem } from '../../ui/Menu.tsx';
import { openBeside } from './openTrace.ts';
import { ExportMenu } from './ExportMenu.tsx';

type Props = {
  readonly traceId: string;
  readonly summary: FoundTrace | null;
  readonly run: RunProgress | undefined;
};

/** What can be done with the trace that is open: keep it, compare it, take it along. */
export function TraceActions({ traceId, summary, run }: Props) {
  const runs = useStore(selectRuns);
  const [pinned, setPinned] = useState(summary?.pinned ?? false);
  useEffect(() => setPinned(summary?.pinned ?? false), [summary?.pinned]);
  const pin = () => {
    setPinned(!pinned);
    void pinTraces([traceId], !pinned);
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !isForView(event))
        return;
      const key = shortcutKey(event);
      if (key === 'p') pin();
      else if (key === 'y') void copyLink();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });

  const against = (other: string) =>
    goToSearch({ mode: 'compare', a: { traceIds: [other] }, b: { traceIds: [traceId] } });
  const before =
    run === undefined
      ? undefined
      : runs
          .filter((each) => each.sourceName === run.sourceName && each.startedMs < run.startedMs)
          .toSorted((a, b) => b.startedMs - a.startedMs)[0];
  const items: MenuItem[] = [];
  if (run !== undefined) {
    items.push({
      id: 'run',
      label: 'The run before of this list',
      note:
        before === undefined
          ? 'there was none'
          : `${formatWhen(before.startedMs)} · ${formatDuration(before.activeMs)}`,
      disabled: before === undefined,
      run: () => before !== undefined && against(before.traceId),
    });
  }
  items.push(
    {
      id: 'name',
      label: 'The trace before of this name',
      ...(summary === null ? {} : { note: summary.name }),
      disabled: summary === null,
      run: () => summary !== null && void withTraceBefore(summary, (other) => against(other.traceId)),
    },
    {
      id: 'beside',
      label: 'Side by side with the trace before',
      disabled: summary === null,
      run: () =>
        summary !== null && void withTraceBefore(summary, (other) => openBeside([other.traceId, traceId])),
    },
    {
      id: 'other',
      label: 'Another trace or search…',
      run: () => goToSearch({ mode: 'compare', a: { traceIds: [traceId] }, b: undefined }),
    },
  );
  return (
    <>
      <Button
        icon="pin"
        iconOnly
        aria-pressed={pinned}
        aria-keyshortcuts="p"
        className={pinned ? 'is-on' : undefined}
        title={pinned ? 'Pinned: kept whatever the limits (p)' : 'Pin: keep it whatever the limits (p)'}
        onClick={pin}
      >
        Pin
      </Button>
      <Menu
        label={
          <>
            Compare<span className="button-word"> with…</span>
          </>
        }
        name="Compare with…"
        items={items}
      />
      <Menu
        label={<span className="button-word">Copy</span>}
        name="Copy"
        title="Copy a link, or the trace as text"
        icon="copy"
        items={[
          { id: 'link', label: 'Link to this place', icon: 'link', run: () => void copyLink() },
          {
            id: 'llm',
            label: 'Text for an LLM',
            icon: 'copy',
            note: 'without secrets, bounded in size',
            run: () => void copyForLlm(traceId),
          },
        ]}
      />
      <ExportMenu selection={{ traceIds: [traceId] }} label="Export" isShort />
    </>
  );
}

async function withTraceBefore(summary: FoundTrace, act: (other: FoundTrace) => void): Promise<void> {
  const other = await traceBefore(summary);
  if (other !== null) act(other);
  else
    getState().toastAdded({
      tone: 'info',
      text: 'No earlier trace of this name is here.',
      hint: summary.name,
    });
}
