import type { SheetChoice } from '../../../../shared/deck.ts';
import { Field } from '../../../ui/Field.tsx';

type Props = SheetChoice & { readonly onChange: (changed: Partial<SheetChoice>) => void };

/** How cards lie on a sheet, and on which paper. */
export function SheetOptions({ layout, paper, onChange }: Props) {
  return (
    <div className="row">
      <Field label="Layout">
        {(ids) => (
          <select
            {...ids}
            className="input"
            value={layout}
            onChange={(event) => onChange({ layout: event.target.value as SheetChoice['layout'] })}
          >
            <option value="list">Question beside answer</option>
            <option value="grid">Cards to cut out and fold, six a page</option>
          </select>
        )}
      </Field>
      <Field label="Paper">
        {(ids) => (
          <select
            {...ids}
            className="input"
            value={paper}
            onChange={(event) => onChange({ paper: event.target.value as SheetChoice['paper'] })}
          >
            <option value="a4">A4</option>
            <option value="letter">Letter</option>
          </select>
        )}
      </Field>
    </div>
  );
}
