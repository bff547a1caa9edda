import { describe, expect, it } from 'vitest';
import { filtersOf, NO_FILTERS, withFilters } from '../../../renderer/derive/queryFilters.ts';

describe('quick filters', () => {
  it('are written into an empty query, and out of it again', () => {
    const query = withFilters('', { errors: true, service: 'shop "a"', minMs: 100 });
    expect(query).toBe('error = true and service = "shop \\"a\\"" and trace.duration >= 100ms');
    expect(filtersOf(query)).toEqual({ ...NO_FILTERS, errors: true, service: 'shop "a"', minMs: 100 });
    expect(withFilters(query, { errors: false, service: null, minMs: null })).toBe('');
  });

  it('leave what else is asked as it is', () => {
    const query = withFilters('duration > 5ms and service = "a"', { service: 'b', runsOnly: true });
    expect(query).toBe('duration > 5ms and service = "b" and has(run)');
    expect(withFilters(query, { runsOnly: false })).toBe('duration > 5ms and service = "b"');
  });

  it('stand beside a structure and keep its figures', () => {
    const query = '{ name = "a" } > { name = "b" } | count() > 2';
    const filtered = withFilters(query, { errors: true });
    expect(filtersOf(filtered)).toEqual({ ...NO_FILTERS, errors: true });
    expect(withFilters(filtered, { errors: false })).toBe(query);
  });

  it('put alternatives in parentheses', () => {
    expect(withFilters('kind = "client" or kind = "server"', { errors: true })).toMatch(
      /^\(.+ or .+\) and error = true$/,
    );
  });

  it('do not touch what cannot be read', () => {
    expect(filtersOf('duration >')).toBeNull();
    expect(withFilters('duration >', { errors: true })).toBe('duration >');
  });
});
