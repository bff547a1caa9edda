import { describe, expect, it } from 'vitest';
import { placeText } from '../../shared/placeText.ts';

describe('a place in a document', () => {
  it.each([
    [{ headings: ['Verbs', 'Past'], page: 14 }, 'Verbs › Past, page 14'],
    [{ headings: ['Chapter 2', 'Verbs'], chapter: 'Chapter 2' }, 'Chapter 2 › Verbs'],
    [{ headings: [], chapter: 'One', line: 3 }, 'One, line 3'],
    [{ headings: [] }, ''],
  ])('%j is %s', (place, text) => {
    expect(placeText(place)).toBe(text);
  });
});
