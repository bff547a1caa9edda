import type { Hidden, HiddenSpans } from '../../../shared/traceQuery.ts';
import type { NoiseRule } from '../../../shared/settings.ts';
import { countOf, formatCount } from '../../../shared/units.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectSpanRules, selectTraceRules } from '../../store/noiseCommands.ts';
import { selectNoiseShown } from '../../store/selectors.ts';

export const editRules = () => getState().navigated({ view: 'settings', section: 'noise' });

type Props = {
  readonly hidden: Hidden | undefined;
  /** Of what merges spans; not given: rules about spans do not count here. `null`: none was hidden. */
  readonly spans?: HiddenSpans | null;
};

/** What the rules left out, and the way to it. */
export function NoiseNote({ hidden, spans }: Props) {
  const traceRules = useStore(selectTraceRules);
  const spanRules = useStore(selectSpanRules);
  const isShown = useStore(selectNoiseShown);
  const show = (shown: boolean) => getState().noiseShownChanged(shown);
  if (isShown) {
    const count = traceRules.length + (spans === undefined ? 0 : spanRules.length);
    return count === 0 ? null : (
      <span className="noise-note muted">
        noise is shown
        <button type="button" className="link" data-action="noise.hide" onClick={() => show(false)}>
          Hide it
        </button>
      </span>
    );
  }
  const faults = [...faultsOf(traceRules, hidden), ...faultsOf(spanRules, spans ?? undefined)];
  const text = hiddenText(hidden?.traces ?? 0, spans);
  if (text === null && faults.length === 0) return null;
  return (
    <span className="noise-note muted" data-testid="noise-note">
      {text !== null && (
        <>
          <span className="num">{text} hidden by noise rules</span>
          <button
            type="button"
            className="link"
            data-action="noise.show"
            title="Show them until the window is closed"
            onClick={() => show(true)}
          >
            Show
          </button>
        </>
      )}
      {faults.map((fault) => (
        <span key={fault} className="left-out">
          {fault}
        </span>
      ))}
      <button type="button" className="link" data-action="noise.edit" onClick={editRules}>
        Edit rules
      </button>
    </span>
  );
}

/** Where there are but traces, the list says what is counted. */
function hiddenText(traces: number, spans: HiddenSpans | null | undefined): string | null {
  if (spans === undefined) return traces === 0 ? null : formatCount(traces);
  const parts = [
    ...(traces > 0 ? [countOf(traces, 'trace')] : []),
    ...((spans?.spans ?? 0) > 0 ? [countOf(spans!.spans, 'span')] : []),
  ];
  return parts.length === 0 ? null : parts.join(' and ');
}

function faultsOf(rules: readonly NoiseRule[], found: Pick<Hidden, 'faults'> | undefined): readonly string[] {
  return (found?.faults ?? []).map(
    ({ at, message }) => `The rule “${rules[at]?.name ?? ''}” hides nothing: ${message}`,
  );
}
