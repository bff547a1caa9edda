import type { JsonSchema } from '../answerSchema.ts';

/** A small model that is free to go on goes on: lists end here. */
const MAX_ITEMS = 12;

/** The schema as node-llama-cpp's grammars take it: alternatives are `oneOf`, and lists have an end. */
export function grammarSchema(node: JsonSchema): JsonSchema {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === 'properties') {
      result[key] = Object.fromEntries(
        Object.entries(value as Record<string, JsonSchema>).map(([name, child]) => [
          name,
          grammarSchema(child),
        ]),
      );
    } else if (key === 'items') result[key] = grammarSchema(value as JsonSchema);
    else if (key === 'anyOf') result['oneOf'] = (value as JsonSchema[]).map(grammarSchema);
    else result[key] = value;
  }
  if (result['type'] === 'array') result['maxItems'] ??= MAX_ITEMS;
  // An enumeration says its type by itself.
  if (result['enum'] !== undefined) delete result['type'];
  return result;
}
