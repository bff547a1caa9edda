import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ATTR, METRIC } from '../../shared/span.ts';

/** Names as OpenTelemetry's package declares them, and what it says where one of them is deprecated. */
function conventions(): ReadonlyMap<string, string | null> {
  const sdk = createRequire(import.meta.url).resolve('@opentelemetry/sdk-trace-base');
  const folder = dirname(createRequire(sdk).resolve('@opentelemetry/semantic-conventions'));
  const names = new Map<string, string | null>();
  for (const kind of ['attributes', 'metrics']) {
    for (const stage of ['stable', 'experimental']) {
      const text = readFileSync(join(folder, `${stage}_${kind}.d.mts`), 'utf8');
      const declared = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*declare const \w+: "([^"]+)"/g;
      for (const [, comment = '', name = ''] of text.matchAll(declared)) {
        names.set(name, /@deprecated (.*)/.exec(comment)?.[1] ?? null);
      }
    }
  }
  return names;
}

/** The header of that name, which no span keeps. */
const NO_ATTRIBUTE = 'baggage';
/** They have conventions of their own now; nothing else about them has changed. */
const MOVED = /^Moved to the \[OpenTelemetry GenAI semantic conventions/;

describe('names that are not our own', () => {
  it('are those of the semantic conventions, and none that they have given up', () => {
    const known = conventions();
    const foreign = [...Object.values(ATTR), ...Object.values(METRIC)].filter(
      (name) => !name.startsWith('tracedeck.') && name !== NO_ATTRIBUTE,
    );
    expect(foreign.length).toBeGreaterThan(40);
    const wrong = foreign.flatMap((name) => {
      const deprecated = known.get(name);
      if (deprecated === undefined) return `${name} is not there`;
      return deprecated === null || MOVED.test(deprecated) ? [] : `${name}: ${deprecated}`;
    });
    expect(wrong).toEqual([]);
  });
});
