import { formatCount } from '../../../shared/units.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectCheckedTraces, selectFoundTraces } from '../../store/selectors.ts';
import { ruleForTrace } from '../../store/noiseCommands.ts';
import { copyForLlm, copyTraceLink, pinTraces } from '../../store/traceCommands.ts';
import { Button } from '../../ui/Button.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import { compareTraces, openBeside } from './openTrace.ts';

/** At most so many on one time axis. */
const MAX_BESIDE = 8;
const MAX_EXPORT = 1000;

/** What can be done with the traces that are marked. */
export function SelectionBar() {
  const checked = useStore(selectCheckedTraces);
  const found = useStore(selectFoundTraces);
  if (checked.size === 0) return null;
  const ids = [...checked];
  const pinned = new Set(found.flatMap((trace) => (trace.pinned ? [trace.traceId] : [])));
  const areAllPinned = ids.every((id) => pinned.has(id));
  const only = ids.length === 1 ? found.find(({ traceId }) => traceId === ids[0]) : undefined;
  const isTooMany = ids.length > MAX_BESIDE;
  return (
    <div className="selection-bar" role="toolbar" aria-label="Marked traces">
      <strong className="num" role="status">
        {formatCount(ids.length)} marked
      </strong>
      <Button disabled={ids.length < 2} title="Compare (c)" onClick={() => compareTraces(ids)}>
        Compare
      </Button>
      <Button
        disabled={ids.length < 2 || isTooMany}
        title={isTooMany ? `At most ${MAX_BESIDE} side by side` : 'On one time axis (b)'}
        onClick={() => openBeside(ids)}
      >
        Side by side
      </Button>
      <Button
        icon="pin"
        title="Pinned traces are kept whatever the limits (p)"
        onClick={() => void pinTraces(ids, !areAllPinned)}
      >
        {areAllPinned ? 'Unpin' : 'Pin'}
      </Button>
      <ExportMenu selection={{ traceIds: ids.slice(0, MAX_EXPORT) }} disabled={ids.length > MAX_EXPORT} />
      <Button
        icon="link"
        title="Copy a link (y)"
        disabled={isTooMany}
        onClick={() => void copyTraceLink(ids)}
      >
        Copy link
      </Button>
      {only !== undefined && (
        <Button
          title="A noise rule for traces of this name (h)"
          onClick={() => getState().ruleDrafted(ruleForTrace(only))}
        >
          Hide like this…
        </Button>
      )}
      {ids.length === 1 && (
        <Button icon="copy" onClick={() => void copyForLlm(ids[0]!)}>
          Copy for an LLM
        </Button>
      )}
      <span className="grow" />
      <Button tone="quiet" onClick={() => getState().checkedReplaced([])}>
        Clear
      </Button>
    </div>
  );
}
