import { expect, it } from 'vitest';
import { placesOf } from '../../../renderer/shell/DropArea.tsx';

it('says where files may go by their types, and promises nothing that only their content can tell', () => {
  expect(placesOf(['application/pdf'])).toEqual(['generate']);
  expect(placesOf(['application/json', 'application/json'])).toEqual(['traces', 'cards']);
  expect(placesOf([''])).toEqual(['traces', 'cards', 'generate']);
  expect(placesOf(['image/png'])).toEqual([]);
  expect(placesOf(['image/png', 'text/csv'])).toEqual(['cards', 'generate']);
});
