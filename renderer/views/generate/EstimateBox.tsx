import { useEffect, useRef, useState } from 'react';
import type { SourceRef, CallError } from '../../../shared/ipc.ts';
import type { RunSettings } from '../../../shared/run.ts';
import type { RunEstimate } from '../../../shared/source.ts';
import { formatCount } from '../../../shared/units.ts';
import { getApi, toCallError } from '../../api.ts';
import { formatDollars, formatShort } from '../../derive/tokens.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { FaultNote } from '../../ui/FaultNote.tsx';
import { TableHead } from '../../ui/TableHead.tsx';

type Props = { readonly source: SourceRef; readonly chosen: RunSettings };

const FREE_GENERATORS: Partial<Readonly<Record<RunSettings['generator'], string>>> = {
  offline: 'The offline generator, which is chosen,',
  local: 'The local model, which is chosen,',
};

/** Before anything is paid: what the run would take with each model, and what of it is there already. */
export function EstimateBox({ source, chosen }: Props) {
  const [estimate, setEstimate] = useState<RunEstimate | null>(null);
  const [fault, setFault] = useState<CallError | null>(null);
  const [busy, setBusy] = useState(false);
  const key = JSON.stringify([source.sourceId, chosen]);
  useEffect(() => {
    setEstimate(null);
    setFault(null);
  }, [key]);
  const box = useRef<HTMLElement>(null);
  // The button that asked for it stands at the lower end of what can be seen.
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), [estimate]);
  async function ask() {
    setBusy(true);
    setFault(null);
    try {
      setEstimate(await getApi().estimateRun({ sourceId: source.sourceId, settings: chosen }));
    } catch (thrown) {
      setFault(toCallError(thrown));
    } finally {
      setBusy(false);
    }
  }
  if (estimate === null) {
    return (
      <div className="row row-wrap">
        <Button tone="quiet" icon="chart" disabled={busy} onClick={() => void ask()}>
          {busy ? 'Counting…' : 'What would it take?'}
        </Button>
        <FaultNote fault={fault} />
      </div>
    );
  }
  const { terms, inDeck, repeated, cached, looked, models } = estimate;
  const left = terms - inDeck - repeated;
  const free = FREE_GENERATORS[chosen.generator];
  return (
    <section ref={box} className="run-estimate" aria-label="Estimate" data-testid="run-estimate">
      <div className="row">
        <h3 className="grow">
          {free === undefined ? 'This run would take' : 'With a hosted model it would take'}
        </h3>
        <Badge tone="warn">Estimate</Badge>
      </div>
      <p className="small">
        {formatCount(left)} of {formatCount(terms)} rows to make
        {inDeck > 0 && `; ${formatCount(inDeck)} in the deck already`}
        {repeated > 0 && `; ${formatCount(repeated)} repeated`}
        {cached.analyse + cached.write > 0 &&
          `; ${formatCount(cached.analyse + cached.write)} answers in the cache, not paid again`}
        .{free !== undefined && ` ${free} costs nothing.`}
      </p>
      <table className="table">
        <TableHead columns={['Model']} figures={['Calls', 'Tokens', 'Cost']} />
        <tbody>
          {models.map((model) => (
            <tr key={model.model}>
              <td className="truncate" title={model.model}>
                {model.model}
              </td>
              <td className="right num">{formatCount(model.calls)}</td>
              <td
                className="right num"
                title={`${formatCount(model.inputTokens)} in, ${formatCount(model.outputTokens)} out`}
              >
                {formatShort(model.inputTokens + model.outputTokens)}
              </td>
              <td className="right num">
                {model.exact ? '' : 'about '}
                {formatDollars(model.cost)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {looked < terms && <p className="small faint">Projected from {formatCount(looked)} rows.</p>}
    </section>
  );
}
