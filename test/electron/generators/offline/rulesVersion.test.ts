/**
 * The version of the rules is part of the cache's key: with an old one, answers that today's rules would not give come out
 * of the cache. So the answers to the examples of the repository are known by their hash, version by version.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { isProblem, openList } from '../../../../electron/exchange/readList.ts';
import { RULES_VERSION } from '../../../../electron/generators/offline/offlineGenerator.ts';
import type { PassageBlock } from '../../../../shared/source.ts';
import { collect } from '../../../fixtures/lists.ts';
import { PROJECT_ROOT } from '../../../harness/environment.ts';
import { make, testGenerator } from './harness.ts';
import type { Row } from './harness.ts';

const ANSWERS: Readonly<Record<string, string>> = {
  '2': 'cec0a8bb75b2e143',
};
const BLOCKS: PassageBlock[] = [
  {
    kind: 'paragraph',
    text: 'The **mitochondrion** makes most of the energy of a cell. It has two membranes.',
  },
  { kind: 'list', ordered: true, lead: 'Phases of mitosis:', items: ['Prophase', 'Metaphase', 'Anaphase'] },
];

const generator = testGenerator();
afterAll(() => generator.close());

it('has a version of its own for what it answers to the examples', async () => {
  const hash = createHash('sha256');
  for (const row of [...(await exampleRows()), passage()]) {
    hash.update(JSON.stringify(await make(generator, row)));
  }
  const answers = hash.digest('hex').slice(0, 16);
  expect(
    ANSWERS[RULES_VERSION],
    `The answers are others than those of version ${RULES_VERSION}: raise RULES_VERSION, and note "${answers}" for it here.`,
  ).toBe(answers);
});

async function exampleRows(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const name of ['korean-sample.csv', 'english-words.txt', 'notes.txt']) {
    const list = await openList({ kind: 'file', path: join(PROJECT_ROOT, 'examples', name) });
    for (const item of await collect(list.items())) {
      if (!isProblem(item)) rows.push({ ...item, language: list.preview.termLanguage });
    }
    await list.close();
  }
  return rows;
}

function passage(): Row {
  return { term: 'Cells', kind: 'passage', language: 'en', passage: { blocks: BLOCKS, tokens: 1 } };
}
