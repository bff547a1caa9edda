import { describe, expect, it } from 'vitest';
import { readUsage } from '../../../electron/generators/usage.ts';

const kinds = (input: number, cacheRead: number, cacheWrite: number, output: number, reasoning: number) => ({
  input,
  cacheRead,
  cacheWrite,
  output,
  reasoning,
});

describe('readUsage', () => {
  it.each([
    ['plain', { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 }, kinds(100, 0, 0, 50, 0)],
    [
      'cached and reasoning tokens inside of the sums',
      {
        prompt_tokens: 100,
        completion_tokens: 50,
        total_tokens: 150,
        prompt_tokens_details: { cached_tokens: 64 },
        completion_tokens_details: { reasoning_tokens: 20 },
      },
      kinds(36, 64, 0, 30, 20),
    ],
    [
      'tokens written to the cache inside of the prompt',
      {
        prompt_tokens: 100,
        completion_tokens: 5,
        prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 50 },
      },
      kinds(20, 30, 50, 5, 0),
    ],
    [
      'reasoning outside of the completion, as the total shows',
      {
        prompt_tokens: 10,
        completion_tokens: 50,
        total_tokens: 80,
        completion_tokens_details: { reasoning_tokens: 20 },
      },
      kinds(10, 0, 0, 50, 20),
    ],
    [
      'more reasoning than completion',
      { prompt_tokens: 10, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 20 } },
      kinds(10, 0, 0, 5, 20),
    ],
    [
      'cache hits and misses that add up to the prompt',
      {
        prompt_tokens: 100,
        prompt_cache_hit_tokens: 70,
        prompt_cache_miss_tokens: 30,
        completion_tokens: 9,
      },
      kinds(30, 70, 0, 9, 0),
    ],
    [
      'cache tokens beside the input',
      {
        input_tokens: 10,
        cache_read_input_tokens: 70,
        cache_creation_input_tokens: 20,
        output_tokens: 9,
      },
      kinds(10, 70, 20, 9, 0),
    ],
    [
      'cache tokens inside of the input',
      {
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 70 },
        output_tokens: 9,
        output_tokens_details: { reasoning_tokens: 4 },
      },
      kinds(30, 70, 0, 5, 4),
    ],
    [
      'a cache that claims more than the prompt had',
      { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 64 } },
      kinds(0, 10, 0, 1, 0),
    ],
    [
      'nulls',
      { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: null },
      kinds(10, 0, 0, 1, 0),
    ],
  ])('counts each token once: %s', (_name, wire, expected) => {
    expect(readUsage(wire)).toEqual(expected);
  });

  it.each([[undefined], [null], ['many'], [{}], [{ prompt_tokens: 0, completion_tokens: 0 }]])(
    'says nothing where the server does not: %j',
    (wire) => {
      expect(readUsage(wire)).toBeNull();
    },
  );
});
