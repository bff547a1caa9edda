/** Real cards of real lists: what the offline generator makes of them, ready to be checked. */
import type { OfflineGenerator } from '../../../electron/generators/offline/offlineGenerator.ts';
import { openList, isProblem } from '../../../electron/exchange/readList.ts';
import type { ListSource } from '../../../electron/exchange/readList.ts';
import { gapNumbers } from '../../../shared/cloze.ts';
import type { CheckedCard } from '../../../shared/quality/checkCard.ts';

/** All cards of a list, one for each gap of a cloze text. Rows of which nothing can be made are left out. */
export async function offlineCards(generator: OfflineGenerator, from: ListSource): Promise<CheckedCard[]> {
  const list = await openList(from);
  const { termLanguage } = list.preview;
  const meaningLanguage = 'en';
  const { signal } = new AbortController();
  const made: CheckedCard[] = [];
  for await (const rows of list.items()) {
    for (const item of rows) {
      if (isProblem(item)) continue;
      const input = { item, termLanguage, meaningLanguage };
      try {
        const analysis = (await generator.analyse(input, signal)).value;
        const { value: drafts } = await generator.write({ ...input, analysis, cardTypes: null }, signal);
        for (const { type, front, back } of drafts) {
          const gaps = type === 'cloze' ? gapNumbers(front) : [null];
          for (const cloze of gaps)
            made.push({ type, front, back, cloze, term: analysis.term, termLanguage, meaningLanguage });
        }
      } catch (thrown) {
        if ((thrown as { category?: string }).category !== 'user') throw thrown;
      }
    }
  }
  await list.close();
  return made;
}
