import { describe, expect, it } from 'vitest';
import { cacheKey } from '../../../electron/cache/cacheKey.ts';
import type { CacheRequest } from '../../../electron/pipeline/ports.ts';

const base: CacheRequest = {
  stage: 'analyse',
  identity: { generator: 'openai', model: 'small', promptVersion: '1', parameters: '{"temperature":0.2}' },
  input: '{"term":"café"}',
};
const withIdentity = (more: Partial<CacheRequest['identity']>): CacheRequest => ({
  ...base,
  identity: { ...base.identity, ...more },
});

describe('the cache key', () => {
  it('is the SHA-256 of a known text, so that a stored answer is found again by every later version', () => {
    expect(cacheKey(base)).toBe('5d4db4c5d718ef2ac6b5eeb76451623edb3dae68ab0e8562558413d178a375fc');
  });

  it('changes with every part of the request', () => {
    const keys = [
      base,
      { ...base, stage: 'write' as const },
      { ...base, input: '{"term":"cafe"}' },
      withIdentity({ generator: 'offline' }),
      withIdentity({ model: 'large' }),
      withIdentity({ promptVersion: '2' }),
      withIdentity({ parameters: '{"temperature":0.3}' }),
    ].map(cacheKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is the same for composed and decomposed text', () => {
    for (const text of ['café', '사과를 먹다', 'がぎぐ', 'Ångström', 'ệ']) {
      const composed = cacheKey({ ...base, input: text.normalize('NFC') });
      expect(cacheKey({ ...base, input: text.normalize('NFD') })).toBe(composed);
    }
  });

  it('keeps apart parts that read the same when put together', () => {
    const keys = new Set<string>();
    const whole = '1:2:34:5';
    let count = 0;
    for (let a = 0; a <= whole.length; a += 1) {
      for (let b = a; b <= whole.length; b += 1) {
        for (let c = b; c <= whole.length; c += 1) {
          const [model, promptVersion, parameters] = [
            whole.slice(0, a),
            whole.slice(a, b),
            whole.slice(b, c),
          ];
          keys.add(
            cacheKey({ ...withIdentity({ model, promptVersion, parameters }), input: whole.slice(c) }),
          );
          count += 1;
        }
      }
    }
    expect(keys.size).toBe(count);
  });

  it('keeps lone surrogates apart, which UTF-8 would make one', () => {
    expect(cacheKey({ ...base, input: '\ud800' })).not.toBe(cacheKey({ ...base, input: '\ud801' }));
  });
});
