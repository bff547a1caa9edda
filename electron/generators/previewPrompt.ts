/** What a template makes of one item, to be read before anything is asked. */
import type { SourceItem } from '../../shared/card.ts';
import type { PromptDraft, PromptKind, PromptPreview } from '../../shared/prompt.ts';
import type { Generator } from '../pipeline/ports.ts';
import { answerSchema } from './answerSchema.ts';
import { emptyAnalysis } from './emptyAnalysis.ts';
import { createCallEstimator } from './estimate.ts';
import type { TokenCounter } from './estimate.ts';
import { promptProblems } from './fillPrompt.ts';
import { analysePrompt, promptKindOf, promptTexts, writePrompt } from './prompts.ts';

export type PreviewRequest = {
  readonly draft: PromptDraft;
  readonly item: SourceItem;
  readonly termLanguage: string;
  readonly meaningLanguage: string;
  /** Its analysis stands in for a model's. */
  readonly offline: Generator;
  readonly tokenCounter: TokenCounter;
};

export async function previewPrompt(request: PreviewRequest): Promise<PromptPreview> {
  const { draft, item, termLanguage, meaningLanguage } = request;
  const { term, kind, fields, passage } = item;
  const texts = promptTexts([{ ...draft, id: 'draft', builtIn: false }]);
  const facts = { term, kind, fields, ...(passage === undefined ? {} : { passage }) };
  const input = { item: facts, termLanguage, meaningLanguage };
  const prompt =
    draft.stage === 'analyse'
      ? analysePrompt(input, texts)
      : writePrompt({ ...input, analysis: await analysisOf(request, input), cardTypes: null }, texts);
  const { input: count } = createCallEstimator(await request.tokenCounter.load());
  const problems = promptProblems(draft.stage, draft.text);
  if (promptKindOf(kind) !== draft.kind) {
    problems.push(
      `The template is for ${PEOPLE[draft.kind]}, and the item is none: the built-in text is shown.`,
    );
  }
  return { ...prompt, tokens: count(prompt, answerSchema(draft.stage, promptKindOf(kind))), problems };
}

const PEOPLE: Readonly<Record<PromptKind, string>> = {
  term: 'terms and sentences',
  passage: 'passages of documents',
};

async function analysisOf({ offline }: PreviewRequest, input: Parameters<Generator['analyse']>[0]) {
  try {
    return (await offline.analyse(input, new AbortController().signal)).value;
  } catch {
    return emptyAnalysis(input.item.term);
  }
}

/** Items of the program's own, for trying a template where no source is open. */
export const SAMPLE_ITEMS: Readonly<Record<PromptKind, SourceItem>> = {
  term: {
    row: 1,
    term: '학교',
    kind: 'term',
    fields: { meaning: 'school', example: '학교에 가요.' },
    extra: {},
  },
  passage: {
    row: 1,
    term: 'Photosynthesis',
    kind: 'passage',
    fields: {},
    extra: {},
    place: { headings: ['Plants', 'Photosynthesis'] },
    passage: {
      blocks: [
        {
          kind: 'paragraph',
          text: 'Photosynthesis turns light into chemical energy. It takes place in the chloroplasts, which hold the green pigment chlorophyll.',
        },
        {
          kind: 'list',
          ordered: true,
          lead: 'It has two stages:',
          items: ['the light reactions, which make ATP', 'the Calvin cycle, which makes sugar'],
        },
      ],
      tokens: 50,
    },
  },
};
