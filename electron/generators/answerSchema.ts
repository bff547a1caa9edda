/** The JSON schemas that answers are held to: what strict structured output takes, closed and all required. */
import { z } from 'zod';
import { analysisSchema, cardDraftSchema } from '../../shared/card.ts';
import type { CardType, Stage } from '../../shared/card.ts';
import type { PromptKind } from '../../shared/prompt.ts';
import { CARD_TYPES_OF } from './prompts.ts';

export type JsonSchema = { readonly [key: string]: unknown };
export type NamedSchema = { readonly name: string; readonly schema: JsonSchema };

/** Keywords that strict structured output takes; what others say is left to our own validation. */
const STRICT_KEYWORDS = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'const',
  'anyOf',
]);

/** A term has neither facts nor quotes. */
const termAnalysis = analysisSchema.omit({ facts: true });
const termCard = cardDraftSchema.omit({ quote: true });
const passageAnalysis = z.object({
  meaning: analysisSchema.shape.meaning,
  facts: analysisSchema.shape.facts.unwrap(),
  keywords: analysisSchema.shape.keywords,
});
const passageCard = cardDraftSchema.extend({ quote: z.string().nullable() });

const known = new Map<string, NamedSchema>();

/** Name and schema of a stage's answer. A strict schema's root must be an object, so the cards stand in one. */
export function answerSchema(
  stage: Stage,
  kind: PromptKind,
  types: readonly CardType[] = CARD_TYPES_OF[kind],
): NamedSchema {
  const key = `${stage} ${kind} ${stage === 'write' ? types.join() : ''}`;
  let found = known.get(key);
  if (found === undefined) {
    found = stage === 'analyse' ? analysisOf(kind) : cardsOf(kind, types);
    known.set(key, found);
  }
  return found;
}

function analysisOf(kind: PromptKind): NamedSchema {
  return { name: 'analysis', schema: strictSchema(kind === 'term' ? termAnalysis : passageAnalysis) };
}

function cardsOf(kind: PromptKind, types: readonly CardType[]): NamedSchema {
  const card = kind === 'term' ? termCard : passageCard;
  const cards = z.array(card.extend({ type: z.enum(types) }));
  return { name: 'cards', schema: strictSchema(z.object({ cards })) };
}

/** JSON schema of `schema` within what strict structured output takes: closed objects, every field required. */
function strictSchema(schema: z.ZodType): JsonSchema {
  return strict(z.toJSONSchema(schema, { io: 'output', reused: 'inline' }) as JsonSchema);
}

function strict(node: JsonSchema): JsonSchema {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    if (!STRICT_KEYWORDS.has(key)) continue;
    if (key === 'properties') {
      result[key] = Object.fromEntries(
        Object.entries(value as Record<string, JsonSchema>).map(([name, child]) => [name, strict(child)]),
      );
    } else if (key === 'items') result[key] = strict(value as JsonSchema);
    else if (key === 'anyOf') result[key] = (value as JsonSchema[]).map(strict);
    else result[key] = value;
  }
  if (result['type'] === 'object') {
    result['required'] = Object.keys((result['properties'] as object | undefined) ?? {});
    result['additionalProperties'] = false;
  }
  return result;
}
