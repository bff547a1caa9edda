import { describe, expect, it } from 'vitest';
import { UNWATCHED } from '../../../electron/deckJobs/job.ts';
import { exportPlan } from '../../../electron/deckJobs/exportPlan.ts';
import { createTestDeck, writeForeign } from '../anki/fixtures.ts';
import { sampleContent } from '../anki/foreignPackages.ts';
import { addSamples } from '../anki/samples.ts';

const NOW = Date.UTC(2025, 10, 20, 9);
const ALL = { deck: null, runId: null, query: '' };

describe('what an export would hold', () => {
  it('is what the package holds then', async () => {
    const deck = createTestDeck();
    addSamples(deck, NOW);
    await deck.import(writeForeign(sampleContent(), 'anki21'));
    deck.db.exec("UPDATE notetypes SET css = css || ' .card { background: url(_paper.png) }'");
    await deck.media.add('_paper.png', Buffer.from('paper'));
    await deck.media.add('nobody.png', Buffer.from('shown by none'));
    const report = await deck.export('out.apkg', { now: () => NOW });
    const plan = exportPlan(deck.db, ALL, UNWATCHED);
    expect(plan).toMatchObject({ notes: report.notes, cards: report.cards, media: report.media });
    expect(report.media).toBeGreaterThan(1);
    expect(plan.studied).toBe(
      deck.db
        .prepare(
          "SELECT count(*) FROM memory JOIN cards ON cards.id = card_id WHERE state > 0 AND status = 'accepted'",
        )
        .pluck()
        .get(),
    );
  });

  it('is of the deck, the run and the search that are meant, without cards that wait', () => {
    const deck = createTestDeck();
    const front = { type: 'basic' as const, back: 'b' };
    deck.add({ term: 'one', deck: 'A', cards: [{ ...front, front: 'one' }] });
    deck.add({ term: 'two', deck: 'A::B', cards: [{ ...front, front: 'two', status: 'proposed' }] });
    deck.add({ term: 'three', deck: 'C', cards: [{ ...front, front: 'three' }] });
    const plan = (scope: Partial<typeof ALL> | { deck: string }) =>
      exportPlan(deck.db, { ...ALL, ...scope }, UNWATCHED);
    expect(plan({ deck: 'A' })).toEqual({ notes: 1, cards: 1, waiting: 1, studied: 0, media: 0 });
    expect(plan({ query: 'three' })).toMatchObject({ notes: 1, cards: 1, waiting: 0 });
    expect(plan({ deck: 'nobody’s' })).toMatchObject({ notes: 0, cards: 0, waiting: 0 });
    expect(plan({ query: 'is:(' })).toMatchObject({ cards: 0 });
  });
});
