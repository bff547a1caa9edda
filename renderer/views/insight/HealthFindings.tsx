import { Icon } from '../../ui/Icon.tsx';
import { wellText, type Finding } from './healthFigures.ts';

const ORDER = { bad: 0, warn: 1, info: 2, good: 3 } as const;
const WORDS = { bad: 'Fault', warn: 'Look at this', info: 'Good to know', good: 'Well' } as const;

/** What is to be known, the worst first, each with what to do about it. */
export function HealthFindings({ findings }: { readonly findings: readonly Finding[] }) {
  const well = wellText(findings);
  return (
    <section aria-label="Findings" className="findings">
      {well !== null && (
        <p className="finding finding-good">
          <Icon name="check" />
          <strong>{well}</strong>
        </p>
      )}
      <ul>
        {findings
          .toSorted((a, b) => ORDER[a.tone] - ORDER[b.tone])
          .map(({ id, tone, title, advice }) => (
            <li key={id} className={`finding finding-${tone}`}>
              <Icon name={tone === 'info' ? 'help' : 'warning'} />
              <div>
                <p>
                  <span className="visually-hidden">{WORDS[tone]}: </span>
                  <strong>{title}</strong>
                </p>
                {advice !== undefined && <p className="small muted">{advice}</p>}
              </div>
            </li>
          ))}
      </ul>
    </section>
  );
}
