/** Prompt templates: the instructions of a stage as the user may write them, kept by version for ever. */
import { z } from 'zod';
import { STAGES } from './card.ts';
import type { Analysis, CardDraft } from './card.ts';
import type { TokenUsage } from './run.ts';

/** Terms and sentences share their instructions; passages of documents have their own. */
export const PROMPT_KINDS = ['term', 'passage'] as const;
export type PromptKind = (typeof PROMPT_KINDS)[number];

export const promptDraftSchema = z.object({
  stage: z.enum(STAGES),
  kind: z.enum(PROMPT_KINDS),
  name: z.string().trim().min(1).max(100),
  /** Instructions. `{{termLanguage}}`, `{{meaningLanguage}}`, `{{cardTypes}}` and `{{maxCards}}` are filled in. */
  text: z.string().trim().min(1).max(20_000),
});
export type PromptDraft = z.infer<typeof promptDraftSchema>;

/** A template is never changed: saving under a name makes its next version. */
export type PromptTemplate = PromptDraft & {
  /** Of the text: the same text is the same template, here and on another machine. */
  readonly id: string;
  readonly version: number;
  readonly createdMs: number;
  readonly builtIn: boolean;
};

export type PromptPreview = {
  readonly system: string;
  readonly user: string;
  readonly tokens: number;
  /** Placeholders that nothing fills, and the like. */
  readonly problems: readonly string[];
};

/** What a template makes of one item; nothing is saved. */
export type PromptTrial = {
  readonly analysis: Analysis | null;
  readonly cards: readonly CardDraft[];
  readonly usage: TokenUsage;
  readonly traceId: string;
};

/** A card anew, beside the one that is there; saving it is an edit. */
export type RegeneratedCard = {
  readonly card: CardDraft;
  readonly usage: TokenUsage;
  readonly traceId: string;
};
