import { describe, expect, it } from 'vitest';
import { toCallError } from '../../renderer/api.ts';

describe('toCallError', () => {
  const error = { code: 'not_text', message: 'This file is not a text file.', hint: 'Choose another.' };

  it('takes the fields that the bridge hands over', () => {
    expect(toCallError(error)).toEqual(error);
    expect(toCallError(Object.assign(new Error('m'), { code: 'c' }))).toEqual({
      code: 'c',
      message: 'm',
      hint: null,
    });
  });

  it('reads them out of a message that carries them as JSON', () => {
    expect(toCallError(new Error(`Uncaught Error: ${JSON.stringify(error)}`))).toEqual(error);
  });

  it('keeps the message of anything else', () => {
    expect(toCallError(new Error('boom {not json'))).toEqual({
      code: 'internal',
      message: 'boom {not json',
      hint: null,
    });
    expect(toCallError('odd')).toEqual({ code: 'internal', message: 'odd', hint: null });
  });
});
