import { describe, expect, it } from 'vitest';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { BUILT_IN_TEXTS, BUILT_IN_VERSIONS } from '../../../electron/generators/builtInPrompts.ts';
import { promptTexts } from '../../../electron/generators/prompts.ts';
import { createPromptStore } from '../../../electron/prompts/promptStore.ts';

const builtIn = { texts: BUILT_IN_TEXTS, versions: BUILT_IN_VERSIONS };
const draft = { stage: 'write', kind: 'term', name: 'Short cards', text: 'Write short cards.' } as const;

function open() {
  let nowMs = 1000;
  return createPromptStore(openDeck(':memory:'), { builtIn, now: () => (nowMs += 1) });
}

describe('prompt templates', () => {
  it('begin with the built-in ones, which change nothing', () => {
    const store = open();
    const templates = store.list();
    expect(templates.map(({ stage, kind, builtIn: isOurs }) => [stage, kind, isOurs])).toEqual([
      ['analyse', 'term', true],
      ['analyse', 'passage', true],
      ['write', 'term', true],
      ['write', 'passage', true],
    ]);
    expect(promptTexts(templates).write.term.version).toBe(BUILT_IN_VERSIONS.write.term);
    const copy = store.save({ ...draft, text: BUILT_IN_TEXTS.write.term });
    expect([copy.builtIn, store.list().length]).toEqual([true, 4]);
  });

  it('are kept by version for ever, and the same text is the same template', () => {
    const store = open();
    const first = store.save(draft);
    const second = store.save({ ...draft, text: 'Write shorter cards.' });
    expect(store.save({ ...draft, name: 'Another name', text: ` ${draft.text}\n` })).toEqual(first);
    expect([first.version, second.version]).toEqual([1, 2]);
    expect(first.id).toMatch(/^[0-9a-f]{16}$/);
    expect(store.get(first.id)).toEqual({
      ...draft,
      id: first.id,
      version: 1,
      createdMs: 1001,
      builtIn: false,
    });
    const other = store.save({ ...draft, kind: 'passage' });
    expect([other.version, other.id === first.id]).toEqual([1, false]);
    expect(
      store
        .list()
        .slice(4)
        .map(({ text, kind }) => [kind, text]),
    ).toEqual([
      ['passage', draft.text],
      ['term', 'Write shorter cards.'],
      ['term', draft.text],
    ]);
    // Another machine knows it by the same id.
    expect(open().save({ ...draft, text: draft.text.normalize('NFD') }).id).toBe(first.id);
  });

  it('are refused where they say nothing, and missed where they are not there', () => {
    const store = open();
    expect(() => store.save({ ...draft, text: '  ' })).toThrow(
      expect.objectContaining({ code: 'bad_prompt' }),
    );
    expect(() => store.get('0123456789abcdef')).toThrow(expect.objectContaining({ code: 'prompt_unknown' }));
  });
});
