import { LANGUAGE_TAGS, languageName } from '../../derive/languages.ts';
import { Field } from '../../ui/Field.tsx';

type LanguageProps = {
  readonly label: string;
  readonly value: string;
  readonly auto?: boolean;
  readonly onChange: (tag: string) => void;
};

/** A picker of languages; a tag from elsewhere stays choosable. */
export function LanguageField({ label, value, auto, onChange }: LanguageProps) {
  const tags = [...(auto ? ['auto'] : []), ...LANGUAGE_TAGS];
  const all = tags.includes(value) ? tags : [...tags, value];
  return (
    <Field label={label}>
      {(ids) => (
        <select {...ids} className="input" value={value} onChange={(event) => onChange(event.target.value)}>
          {all.map((tag) => (
            <option key={tag} value={tag}>
              {languageName(tag)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
