import type { Hidden } from '../../../shared/traceQuery.ts';
import { formatCount } from '../../../shared/units.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectTraceRules } from '../../store/noiseCommands.ts';
import { selectNoiseShown } from '../../store/selectors.ts';

export const editRules = () => getState().navigated({ view: 'settings', section: 'noise' });

/** What the rules left out of a list, and the way to it. */
export function NoiseNote({ hidden }: { readonly hidden: Hidden | undefined }) {
  const rules = useStore(selectTraceRules);
  const isShown = useStore(selectNoiseShown);
  const show = (shown: boolean) => getState().noiseShownChanged(shown);
  if (isShown) {
    return rules.length === 0 ? null : (
      <span className="noise-note muted">
        noise is shown
        <button type="button" className="link" data-action="noise.hide" onClick={() => show(false)}>
          Hide it
        </button>
      </span>
    );
  }
  const { traces = 0, faults = [] } = hidden ?? {};
  if (traces === 0 && faults.length === 0) return null;
  return (
    <span className="noise-note muted" data-testid="noise-note">
      {traces > 0 && (
        <>
          <span className="num">{formatCount(traces)} hidden by noise rules</span>
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
      {faults.map(({ at, message }) => (
        <span key={at} className="left-out">
          The rule “{rules[at]?.name ?? ''}” hides nothing: {message}
        </span>
      ))}
      <button type="button" className="link" data-action="noise.edit" onClick={editRules}>
        Edit rules
      </button>
    </span>
  );
}
