import { describe, expect, it } from 'vitest';
import { completions } from '../../../shared/query/completions.ts';
import { highlight } from '../../../shared/query/highlight.ts';
import { parseQuery } from '../../../shared/query/parseQuery.ts';
import type { Signal } from '../../../shared/query/ast.ts';
import type { FieldCatalog } from '../../../shared/traceQuery.ts';

const catalog: FieldCatalog = {
  operations: ['run', 'cache get'],
  services: ['tracedeck', 'ser"ver'],
  attributes: [
    { key: 'http.route', types: ['string'], values: ['/a', '/b'] },
    { key: 'tokens', types: ['number'], values: ['1', '20'] },
    { key: 'odd key', types: ['boolean'], values: ['true'] },
  ],
};

/** Labels at the `|` of a text; `…` stands for the rest. */
function at(marked: string, signal: Signal = 'spans') {
  const cursor = marked.lastIndexOf('¦');
  const text = marked.replace('¦', '');
  const found = completions(text, cursor, catalog, signal);
  return {
    labels: found.items.map(({ label }) => label),
    /** The text once an item is taken. */
    take: (label: string) => {
      const item = found.items.find((each) => each.label === label)!;
      const cut = found.from + item.insert.length - item.back;
      const taken = text.slice(0, found.from) + item.insert + text.slice(found.to);
      return `${taken.slice(0, cut)}¦${taken.slice(cut)}`;
    },
  };
}

describe('completion', () => {
  it('begins with fields', () => {
    const { labels } = at('¦');
    expect(labels.slice(0, 3)).toEqual(['name', 'service', 'version']);
    expect(labels).toEqual(expect.arrayContaining(['http.route', 'has', '{ }', 'not', 'resource.']));
    expect(labels).not.toContain('and');
  });

  it('narrows to what is typed, beginnings first', () => {
    expect(at('se¦').labels).toEqual(['service', 'self']);
    expect(at('rou¦').labels).toEqual(['http.route']);
    expect(at('a = 1 and dur¦').labels).toEqual(['duration', 'trace.duration']);
  });

  it('knows which operators a field takes', () => {
    expect(at('duration ¦').labels.slice(0, 6)).toEqual(['=', '!=', '>', '>=', '<', '<=']);
    expect(at('duration ¦').labels).not.toContain('contains');
    expect(at('name ¦').labels).toEqual(expect.arrayContaining(['=~', 'contains', 'in', 'not in']));
    expect(at('name ¦').labels).not.toContain('>=');
  });

  it('offers the values of the field', () => {
    expect(at('service = ¦').labels).toEqual(['tracedeck', 'ser"ver']);
    expect(at('service = "tr¦').take('tracedeck')).toBe('service = "tracedeck" ¦');
    expect(at('service = ¦').take('ser"ver')).toBe('service = "ser\\"ver" ¦');
    expect(at('kind = c¦').labels).toEqual(['client', 'consumer', 'producer']);
    expect(at('tokens > ¦').take('20')).toBe('tokens > 20 ¦');
    expect(at('`odd key` = ¦').labels).toEqual(['true', 'false']);
    expect(at('http.route not in ("/a", ¦').labels).toEqual(['/a', '/b']);
    expect(at('level >= ¦', 'logs').labels).toEqual(['debug', 'info', 'warn', 'error']);
    expect(at('start > ¦').labels).toContain('-1h');
  });

  it('goes on after a condition', () => {
    expect(at('error = true ¦').labels.slice(0, 3)).toEqual(['and', 'or', '|']);
    expect(at('(error = true ¦').labels.slice(0, 3)).toEqual(['and', 'or', ')']);
    expect(at('{ error = true ¦').labels.slice(0, 3)).toEqual(['and', 'or', '}']);
    expect(at('error = true ¦', 'logs').labels).not.toContain('|');
  });

  it('offers structure between sets alone', () => {
    expect(at('{ error } ¦').labels.slice(0, 5)).toEqual(['>', '>>', '<', '<<', '~']);
    expect(at('{ error } ¦').take('>>')).toBe('{ error } >> { ¦ }');
    expect(at('error = true and ¦').labels).not.toContain('{ }');
    expect(at('{ ¦').labels).not.toContain('{ }');
    expect(at('¦', 'logs').labels).not.toContain('{ }');
  });

  it('knows the figures of a trace', () => {
    expect(at('error | ¦').labels.slice(0, 2)).toEqual(['count()', 'sum(…)']);
    expect(at('error | su¦').take('sum(…)')).toBe('error | sum(¦)');
    expect(at('| sum(¦)').labels).toEqual(expect.arrayContaining(['duration', 'tokens']));
    expect(at('| sum(¦)').labels).not.toContain('http.route');
    expect(at('| max(duration) ¦').labels).toEqual(['=', '!=', '>', '>=', '<', '<=']);
    expect(at('| max(duration) > ¦').labels).toContain('100ms');
  });

  it('writes keys so that they can be read', () => {
    expect(at('odd¦').take('odd key')).toBe('`odd key` ¦');
    expect(at('has(ht¦').take('http.route')).toBe('has(http.route¦');
    for (const { insert } of completions('', 0, catalog).items) {
      if (insert.trim().length > 3 && !insert.endsWith('.') && !/not|has|\{/.test(insert)) {
        expect([insert, parseQuery(`has(${insert})`).ok]).toEqual([insert, true]);
      }
    }
  });

  it('has nothing to say where the text before cannot be read', () => {
    expect(at('a = = ¦').labels).toEqual([]);
    expect(at(') ¦').labels).toEqual([]);
  });

  it('answers at once, however deep the brackets of a text are', () => {
    const beganMs = performance.now();
    for (const open of ['(', '{ ']) {
      expect(at(`${open.repeat(100)}¦`).labels).toContain('name');
      expect(at(`${open.repeat(1900)}¦`).labels).toEqual([]);
    }
    expect(performance.now() - beganMs).toBeLessThan(3000);
  });
});

describe('colours', () => {
  const parts = (text: string) =>
    highlight(text).marks.map(({ from, to, role }) => [text.slice(from, to), role]);

  it('follow the grammar, not the looks', () => {
    expect(parts('name = count and count or error | count() > 3')).toEqual([
      ['name', 'field'],
      ['=', 'operator'],
      ['count', 'value'],
      ['and', 'keyword'],
      ['count', 'text'],
      ['or', 'keyword'],
      ['error', 'field'],
      ['|', 'keyword'],
      ['count', 'figure'],
      ['(', 'sign'],
      [')', 'sign'],
      ['>', 'operator'],
      ['3', 'value'],
    ]);
    expect(parts('{ a > 1 } > { b }').filter(([part]) => part === '>')).toEqual([
      ['>', 'operator'],
      ['>', 'keyword'],
    ]);
  });

  it('go on after a fault, and tell where it is', () => {
    const { marks, errors } = highlight('a = ) and "b');
    expect(marks.map(({ role }) => role)).toEqual(['field', 'operator', 'sign', 'keyword', 'value']);
    expect(errors).toEqual([{ message: 'what begins here has no closing "', from: 10, to: 12 }]);
  });
});
