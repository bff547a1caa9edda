import { describe, expect, it } from 'vitest';
import {
  checksum,
  createIdClock,
  guidOf,
  joinTags,
  sortText,
  splitTags,
  stableId,
} from '../../../electron/anki/ankiIds.ts';
import {
  BASIC_NOTETYPE,
  CLOZE_NOTETYPE,
  ownKindOf,
  TERM_FIELDS,
  TERM_NOTETYPE,
} from '../../../electron/anki/notetypes.ts';

describe('identity in Anki', () => {
  it('gives a row of ours the same id in every package, within minutes of when it was made', () => {
    const madeMs = 1_790_000_123_456;
    expect(stableId(madeMs, 42)).toBe(1_790_000_000_042);
    expect(stableId(madeMs + 1000, 42)).toBe(stableId(madeMs, 42));
    expect(stableId(madeMs, 43)).not.toBe(stableId(madeMs, 42));
    expect(Math.abs(stableId(madeMs, 999_999) - madeMs)).toBeLessThanOrEqual(1_000_000);
  });

  it('gives a note the same guid for ever, another for each of its pieces', () => {
    const uuid = '11111111-1111-4111-8111-111111111111';
    expect([0, 1, 2].map((piece) => guidOf(uuid, piece))).toEqual(['I2jfz2uVQ2', 'kzVtBX_L|;', 'rwKa{YW>2/']);
  });

  it('keeps the ids and names of its notetypes for ever', () => {
    const shape = [TERM_NOTETYPE, CLOZE_NOTETYPE, BASIC_NOTETYPE].map(
      ({ id, name, kind, fields, templates }) => [
        id,
        name,
        kind,
        fields.length,
        templates.map((template) => template.name),
      ],
    );
    expect(shape).toEqual([
      [
        1_764_000_000_101,
        'Tracedeck term',
        'standard',
        21,
        ['Recognition', 'Production', 'Reading', 'Usage', 'Comparison', 'Characters', 'Homonyms', 'Basic'],
      ],
      [1_764_000_000_102, 'Tracedeck cloze', 'cloze', 7, ['Cloze']],
      [1_764_000_000_103, 'Tracedeck basic', 'standard', 8, ['Card']],
    ]);
    expect(TERM_NOTETYPE.fields[3]).toMatchObject({
      name: 'Production front',
      extra: { id: 1_764_000_001_104 },
    });
    expect(TERM_FIELDS.indexOf('Id')).toBe(19);
  });

  it('knows its notetypes by name as well, where Anki gave them ids of its own', () => {
    const { fields } = CLOZE_NOTETYPE;
    expect(ownKindOf({ id: 5, name: 'Tracedeck cloze', fields })).toBe('cloze');
    expect(ownKindOf({ id: 5, name: 'Tracedeck cloze-a1b2c', fields })).toBe('cloze');
    expect(ownKindOf({ id: CLOZE_NOTETYPE.id, name: 'Mine', fields: fields.slice(1) })).toBeNull();
    expect(ownKindOf({ id: 5, name: 'Cloze', fields })).toBeNull();
  });

  // Left what stands in the field, in the middle what Anki 26.09 sorts it by, right its checksum there.
  it.each([
    ['test', 'test', 2840236005],
    ['今日', '今日', 1464653051],
    ['a &amp; b', 'a & b', 2463288064],
    ['<b>x</b> y', 'x y', 1943979411],
    ['a<br>b', 'ab', 3659751758],
    ['x&nbsp;y', 'x y', 1943979411],
    ['<img src="a b.png"> z', ' a b.png  z', 295989878],
    ['<!-- c -->q', 'q', 585768036],
    ['<style>p{}</style>w', 'w', 2951750910],
    ['a < b', 'a < b', 3350909118],
    ['<div>1</div><div>2</div>', '12', 2068971675],
    ['[sound:x.mp3]', '[sound:x.mp3]', 1833942928],
    ['<img alt="x>y" src=u.png>k', ' u.png k', 230287874],
    ['&#39;&eacute;', "'é", 3395594024],
  ])('sorts and sums %s as Anki does', (field, sorted, sum) => {
    expect([sortText(field), checksum(sortText(field))]).toEqual([sorted, sum]);
  });

  it('is fast on a field that is made to hurt', () => {
    for (const part of ['<!--', '<img src="', '<style>', '<', '&', "<img '"]) {
      expect(sortText(part.repeat(100_000)).length).toBeGreaterThanOrEqual(0);
    }
  });

  it('hands out each id once, the wanted one where it is free, and none in the far future', () => {
    const nowMs = 1_000_000_000_000;
    const next = createIdClock(nowMs);
    const far = nowMs + 2 * 86_400_000;
    const ids = [5, 5, 5, 7, 6, nowMs, far, far, -3].map(next);
    expect(ids).toEqual([5, 6, 7, 8, 9, nowMs, nowMs + 86_400_000, nowMs + 86_399_999, 1]);
    const many = createIdClock(nowMs);
    const same = new Set(Array.from({ length: 50_000 }, () => many(nowMs)));
    expect([same.size, Math.max(...same)]).toEqual([50_000, nowMs + 49_999]);
  });

  it('writes tags between spaces and reads them back', () => {
    expect(joinTags(['b c', 'a', 'a', ' '])).toBe(' b_c a ');
    expect(joinTags([])).toBe('');
    expect(splitTags(' b_c  a\u3000d ')).toEqual(['b_c', 'a', 'd']);
  });
});
