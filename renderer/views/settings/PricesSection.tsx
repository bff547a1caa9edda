import type { ModelPrice } from '../../../shared/run.ts';
import { Button } from '../../ui/Button.tsx';
import { TableHead } from '../../ui/TableHead.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';

/** Prices for estimates: the user's own table. */
export function PricesSection({ draft, errors, change }: SectionProps) {
  const { prices } = draft;
  const set = (at: number, patch: Partial<ModelPrice>) =>
    change({ prices: prices.map((price, index) => (index === at ? { ...price, ...patch } : price)) });
  const faults = Object.entries(errors).filter(([path]) => path.startsWith('prices.'));
  return (
    <Section
      id="prices"
      note="US dollars per million tokens, for estimates. Prices change: these are yours to keep."
    >
      <div className="stack">
        <div className="table-scroll">
          <table className="table prices" aria-labelledby="prices">
            <TableHead columns={['Model', 'Input', 'Output', 'Tokenizer']} action="Remove" />
            <tbody>
              {prices.map((price, index) => (
                <tr key={index}>
                  <td>
                    <input
                      className="input"
                      aria-label={`Model ${index + 1}`}
                      aria-invalid={errors[`prices.${index}.model`] !== undefined || undefined}
                      value={price.model}
                      onChange={(event) => set(index, { model: event.target.value })}
                    />
                  </td>
                  {(['inputPerMillion', 'outputPerMillion'] as const).map((key) => (
                    <td key={key}>
                      <input
                        type="number"
                        step="any"
                        className="input price-number"
                        aria-label={`${key === 'inputPerMillion' ? 'Input' : 'Output'} price of ${price.model}`}
                        aria-invalid={errors[`prices.${index}.${key}`] !== undefined || undefined}
                        value={Number.isNaN(price[key]) ? '' : price[key]}
                        onChange={(event) => set(index, { [key]: event.target.valueAsNumber })}
                      />
                    </td>
                  ))}
                  <td>
                    <select
                      className="input"
                      aria-label={`Tokenizer of ${price.model}`}
                      value={price.exactTokenizer ? 'exact' : 'about'}
                      onChange={(event) => set(index, { exactTokenizer: event.target.value === 'exact' })}
                    >
                      <option value="exact">exact</option>
                      <option value="about">about</option>
                    </select>
                  </td>
                  <td>
                    <Button
                      tone="quiet"
                      icon="close"
                      iconOnly
                      onClick={() => change({ prices: prices.filter((_, at) => at !== index) })}
                    >
                      Remove {price.model}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {faults.map(([path, message]) => (
          <p key={path} className="field-error" role="alert">
            Row {Number(path.split('.')[1]) + 1}: {message}
          </p>
        ))}
        <div>
          <Button
            icon="plus"
            onClick={() =>
              change({
                prices: [
                  ...prices,
                  { model: '', inputPerMillion: 0, outputPerMillion: 0, exactTokenizer: false },
                ],
              })
            }
          >
            Add a model
          </Button>
        </div>
      </div>
    </Section>
  );
}
