/** The placeholders of a prompt template. Marks of cloze cards (`{{c1::form}}`) are none of them. */
import type { CardType } from '../../shared/card.ts';

const PLACEHOLDERS = ['termLanguage', 'meaningLanguage', 'cardTypes', 'maxCards'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];
export type PromptValues = {
  /** BCP 47. */
  readonly termLanguage: string;
  readonly meaningLanguage: string;
  readonly cardTypes: readonly CardType[];
  readonly maxCards: number;
};

const PLACEHOLDER = /\{\{\s*([A-Za-z]\w*)\s*\}\}/g;
const isPlaceholder = (name: string): name is Placeholder => PLACEHOLDERS.some((one) => one === name);
const names = new Intl.DisplayNames(['en'], { type: 'language' });

/** What nothing fills stays as it is. */
export function fillPrompt(text: string, values: PromptValues): string {
  const filled: Readonly<Record<Placeholder, string>> = {
    termLanguage: languageName(values.termLanguage),
    meaningLanguage: languageName(values.meaningLanguage),
    cardTypes: values.cardTypes.join(', '),
    maxCards: String(values.maxCards),
  };
  return text.replace(PLACEHOLDER, (mark, name: string) => (isPlaceholder(name) ? filled[name] : mark));
}

export function hasPlaceholder(text: string, wanted: Placeholder): boolean {
  return [...text.matchAll(PLACEHOLDER)].some(([, name]) => name === wanted);
}

/** What the user should know of a template, in plain words. */
export function promptProblems(stage: 'analyse' | 'write', text: string): string[] {
  const used = [...new Set([...text.matchAll(PLACEHOLDER)].map(([, name]) => name!))];
  const problems = used
    .filter((name) => !isPlaceholder(name))
    .map((name) => `Nothing fills {{${name}}}: the model gets it as it stands.`);
  if (stage === 'analyse') {
    for (const name of ['cardTypes', 'maxCards'].filter((one) => used.includes(one))) {
      problems.push(`{{${name}}} says nothing here: stage 1 writes no cards.`);
    }
  }
  if (!used.includes('meaningLanguage') && !/meaningLanguage/.test(text)) {
    problems.push('The text does not say {{meaningLanguage}}: the model may answer in another language.');
  }
  return problems;
}

/** `Korean (ko)`; the tag alone where it has no name. */
export function languageName(tag: string): string {
  try {
    const name = names.of(tag);
    return name === undefined || name === tag ? tag : `${name} (${tag})`;
  } catch {
    return tag;
  }
}
