import { describe, expect, it } from 'vitest';
import { settingsErrors } from '../../renderer/views/settings/validation.ts';
import { settingsSchema } from '../../shared/settings.ts';

const settings = settingsSchema.parse({});

describe('settingsErrors', () => {
  it('finds nothing wrong with the defaults', () => {
    expect(settingsErrors(settings)).toEqual({});
  });

  it('says what each field wants, by its path', () => {
    const errors = settingsErrors({
      ...settings,
      deck: '  ',
      concurrency: Number.NaN,
      server: { ...settings.server, baseUrl: 'nowhere', retries: 99, maxInFlight: 1.5 },
    });
    expect(errors).toEqual({
      deck: 'This must not be empty.',
      concurrency: 'Enter a number.',
      'server.baseUrl': 'Enter an address such as http://127.0.0.1:11434/v1.',
      'server.retries': 'At most 10.',
      'server.maxInFlight': 'Enter a whole number.',
    });
  });

  it('refuses a model that stands in the price table twice', () => {
    const price = { model: 'm', inputPerMillion: 1, outputPerMillion: 1, exactTokenizer: false };
    const errors = settingsErrors({ ...settings, prices: [price, { ...price, model: ' m ' }] });
    expect(errors).toEqual({ 'prices.1.model': 'This model is in the table already.' });
  });
});
