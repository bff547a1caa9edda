import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { actionLabel } from '../../renderer/actionLabel.ts';
import type { WindowTracing } from '../../renderer/telemetry.ts';
import { carrierSchema } from '../../shared/ipc.ts';
import type { CallCarrier } from '../../shared/ipc.ts';
import type { SpanRecord } from '../../shared/span.ts';
import { decodeSpans } from '../../shared/spanCodec.ts';

// Promise chains instead of `await` where a context has to hold: the tests, unlike the page, are not lowered. And the
// clock is set before zone.js takes the timers over.
vi.useFakeTimers({
  toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'],
});
const { createWindowTracing } = await import('../../renderer/telemetry.ts');

let sent: SpanRecord[][];
let told: number[];
let tracing: WindowTracing;
let target: EventTarget;

beforeEach(() => {
  sent = [];
  told = [];
  tracing = createWindowTracing(async (bytes, dropped) => {
    sent.push([...decodeSpans(bytes)]);
    told.push(dropped);
  });
  target = new EventTarget();
  tracing.watchActions(target);
});
afterAll(() => {
  vi.useRealTimers();
});

const codeOf = (thrown: unknown) => (thrown as { code: string }).code;
const call = (name: string, answer: Promise<unknown> = Promise.resolve()) => {
  let carried: CallCarrier | undefined;
  const made = tracing.call(
    name,
    (carrier) => {
      carried = carrier;
      return answer;
    },
    codeOf,
  );
  return Object.assign(made, { carried });
};
const answerAfter = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const after = async (ms: number) => vi.advanceTimersByTimeAsync(ms);
const event = (type: string) =>
  Object.defineProperty(new Event(type), 'timeStamp', { value: performance.now() });
const act = (type = 'click') => target.dispatchEvent(event(type));
const spans = () => sent.flat().map(({ name }) => name);

describe('a page that is left', () => {
  it('hands over what was under way, ended then, once', async () => {
    target.addEventListener('click', () => void call('restoreBackup', answerAfter(500)));
    act();
    await after(120);
    expect(sent).toEqual([]);
    tracing.leave();
    const left = { 'tracedeck.ui.left': true };
    expect(sent.flat()).toMatchObject([
      { name: 'ipc restoreBackup', attributes: left },
      { name: expect.stringContaining('ui'), attributes: left, parentSpanId: null },
    ]);
    for (const { startMs, endMs } of sent.flat()) expect(endMs! - startMs).toBeCloseTo(120, 0);
    await after(2000);
    expect(sent.flat()).toHaveLength(2);
  });

  it('says nothing of what was over before', async () => {
    target.addEventListener('click', () => void call('runs'));
    act();
    await after(2000);
    tracing.leave();
    expect(sent.flat()).toHaveLength(2);
    expect(sent.flat().some(({ attributes }) => 'tracedeck.ui.left' in attributes)).toBe(false);
  });
});

describe('baggage', () => {
  it('goes with the calls of the action that set it, and of no other', async () => {
    const carried: (CallCarrier | undefined)[] = [];
    const { baggage } = tracing;
    target.addEventListener('click', () => {
      carried.push(call('runs').carried);
      baggage.set('lesson', '12 a');
      baggage.set('no token', 'x');
      carried.push(call('decks').carried);
      baggage.with({ unit: '3' }, () => {
        baggage.remove('lesson');
        carried.push(call('cards').carried);
        setTimeout(() => {
          carried.push(call('settings').carried);
        }, 50);
      });
      expect(baggage.all()).toEqual({ lesson: '12 a' });
    });
    target.addEventListener('keydown', () => {
      expect(baggage.get('lesson')).toBeUndefined();
      carried.push(call('appInfo').carried);
    });
    act();
    act('keydown');
    baggage.set('outside', 'x');
    expect(baggage.all()).toEqual({});
    await after(3000);
    expect(carried.map((carrier) => carrier?.baggage)).toEqual([
      undefined,
      'lesson=12%20a',
      'unit=3',
      undefined,
      'unit=3',
    ]);
    // What the main process makes attributes of.
    const headers = Object.fromEntries(
      sent.flat().map(({ name, attributes }) => [name, attributes['baggage']]),
    );
    expect(headers).toMatchObject({
      'ipc runs': undefined,
      'ipc decks': 'lesson=12%20a',
      'ipc settings': 'unit=3',
    });
    for (const carrier of carried) expect(carrierSchema.safeParse(carrier).success).toBe(true);
  });
});

describe('an action', () => {
  it('is a span around its calls, from the event to the last answer', async () => {
    let carried: CallCarrier | undefined;
    target.addEventListener('click', () => {
      carried = call('startRun', answerAfter(30)).carried;
    });
    act();
    await after(2000);
    const [ipc, ui] = sent.flat();
    expect(ui).toMatchObject({ name: 'ui window', kind: 'internal', parentSpanId: null, status: 'unset' });
    expect(ui!.attributes).toEqual({ 'tracedeck.ui.event': 'click', 'tracedeck.ui.element': 'window' });
    expect(ipc).toMatchObject({ name: 'ipc startRun', kind: 'client', parentSpanId: ui!.spanId });
    expect(ipc!.traceId).toBe(ui!.traceId);
    const action = { spanId: ui!.spanId, name: 'ui window' };
    expect(carried).toEqual({ traceparent: `00-${ui!.traceId}-${ipc!.spanId}-01`, action });
    expect(ipc!.endMs! - ipc!.startMs).toBeCloseTo(30, 0);
    expect(ui!.startMs).toBeLessThanOrEqual(ipc!.startMs);
    expect(ui!.endMs).toBe(ipc!.endMs);
  });

  it('that makes no call is none, and a call without an action carries nothing', async () => {
    target.addEventListener('click', () => undefined);
    act();
    expect(call('runs').carried).toBeUndefined();
    await after(5000);
    expect(sent).toEqual([]);
  });

  it('holds across promises and timers', async () => {
    target.addEventListener('keydown', () => {
      void Promise.resolve()
        .then(() => call('settings'))
        .then(() => Promise.reject(new Error('odd')))
        .catch(() => setTimeout(() => void call('decks'), 200));
    });
    act('keydown');
    await after(3000);
    expect(spans()).toEqual(['ipc settings', 'ipc decks', 'ui window']);
    expect(new Set(sent.flat().map(({ traceId }) => traceId)).size).toBe(1);
  });

  it('takes the call that answers another one, however long that took', async () => {
    target.addEventListener('click', () => {
      void call('chooseList', answerAfter(20_000)).then(() => call('decks', answerAfter(5)));
    });
    act();
    await after(30_000);
    expect(spans()).toEqual(['ipc chooseList', 'ipc decks', 'ui window']);
  });

  it('does not follow the poll that it begins', async () => {
    target.addEventListener('click', () => {
      setInterval(() => void call('runErrors', answerAfter(20)), 400);
    });
    act();
    await after(10_000);
    expect(spans()).toEqual(['ipc runErrors', 'ui window']);
  });

  it('ends after a second even where a poll leaves it no rest', async () => {
    target.addEventListener('click', () => {
      setInterval(() => void call('runErrors', answerAfter(20)), 100);
    });
    act();
    await after(10_000);
    expect(spans().at(-1)).toBe('ui window');
    expect(spans().length).toBeGreaterThan(5);
    expect(spans().length).toBeLessThan(15);
  });

  it('is called after what the page was when the user acted, and is handled whatever that is', async () => {
    const button = { nodeType: 1, localName: 'button', closest: () => button, getAttribute: () => 'tab' };
    const broken = {
      closest: () => {
        throw new Error('no element');
      },
    };
    let handled = 0;
    const handle = () => {
      handled += 1;
      setTimeout(() => void call('runs'), 100);
    };
    target.addEventListener('click', handle);
    for (const element of [button, broken]) {
      const one = event('click');
      Object.defineProperty(one, 'target', { configurable: true, value: element });
      target.dispatchEvent(one);
      // Gone with the page that it was on.
      Object.defineProperty(one, 'target', { value: null });
      await after(3000);
    }
    expect(handled).toBe(2);
    expect(spans().filter((name) => name.startsWith('ui'))).toEqual(['ui tab', 'ui window']);
  });

  it('is one for all listeners of an event, and another one for the next event', async () => {
    const inner = new EventTarget();
    tracing.watchActions(inner);
    const listener = { handleEvent: () => void call('runs') };
    target.addEventListener('click', listener);
    target.addEventListener('click', () => void call('decks'), true);
    inner.addEventListener('click', () => act());
    inner.dispatchEvent(event('click'));
    await after(2000);
    expect(new Set(sent.flat().map(({ traceId }) => traceId)).size).toBe(1);
    act();
    await after(2000);
    expect(new Set(sent.flat().map(({ traceId }) => traceId)).size).toBe(2);
    expect(spans().filter((name) => name === 'ui window').length).toBe(2);
  });

  it('takes listeners off again, and leaves other events alone', async () => {
    const listener = () => void call('runs');
    target.addEventListener('click', listener);
    target.removeEventListener('click', listener);
    target.addEventListener('wheel', listener);
    target.addEventListener('click', null);
    act();
    act('wheel');
    await after(2000);
    expect(sent).toEqual([]);
    target.removeEventListener('wheel', listener);
    target.removeEventListener('click', null);
    target.removeEventListener('keydown', listener);
  });

  it('ends where the bridge refuses a call at once, too', async () => {
    target.addEventListener('click', () => {
      const refuse = () => {
        throw Object.assign(new Error('could not be cloned'), { code: 'internal' });
      };
      expect(() => tracing.call('saveSettings', refuse, codeOf)).toThrow('could not be cloned');
    });
    act();
    await after(3000);
    expect(sent.flat().map(({ name, status }) => [name, status])).toEqual([
      ['ipc saveSettings', 'error'],
      ['ui window', 'unset'],
    ]);
  });

  it('states what a call failed with, and the caller gets it', async () => {
    const fault = { code: 'disk_full', message: 'The disk is full of /home/user.' };
    let caught: unknown;
    target.addEventListener('submit', () => {
      call('saveSettings', Promise.reject(fault)).catch((thrown: unknown) => {
        caught = thrown;
      });
    });
    act('submit');
    await after(2000);
    expect(caught).toBe(fault);
    const failed = sent.flat().find(({ name }) => name === 'ipc saveSettings')!;
    expect(failed).toMatchObject({ status: 'error', statusMessage: 'disk_full' });
    expect(failed.attributes['error.type']).toBe('disk_full');
    expect(JSON.stringify(sent)).not.toContain('/home/user');
  });
});

describe('what is sent', () => {
  it('goes in batches, and at once when the page goes', async () => {
    target.addEventListener('click', () => {
      void call('runs');
      void call('decks');
    });
    act();
    await after(10);
    expect(sent).toEqual([]);
    tracing.flush();
    await after(0);
    expect(spans()).toEqual(['ipc runs', 'ipc decks']);
    await after(2000);
    expect(sent.map((batch) => batch.length)).toEqual([2, 1]);
  });

  it('is bounded: what comes too fast is dropped and counted', async () => {
    target.addEventListener('click', () => {
      for (let i = 0; i < 1500; i += 1) void call('runs');
    });
    act();
    await after(3000);
    expect(sent.map((batch) => batch.length)).toEqual([500, 500, 1]);
    expect(tracing.dropped).toBe(500);
    // The main process hears of them with the next spans, and once.
    act();
    await after(3000);
    expect(told.reduce((sum, lost) => sum + lost, 0)).toBe(1000);
  });

  it('does no harm where nobody takes it', async () => {
    for (const send of [
      () => Promise.reject(new Error('closed')),
      () => {
        throw new Error('gone');
      },
    ]) {
      tracing = createWindowTracing(send);
      target = new EventTarget();
      tracing.watchActions(target);
      let answer: unknown;
      target.addEventListener('click', () => {
        void call('runs', Promise.resolve(7)).then((value) => {
          answer = value;
        });
      });
      act();
      await after(3000);
      expect(answer).toBe(7);
      // What could not be handed over is lost, and counted.
      expect(tracing.dropped).toBe(2);
    }
  });
});

/** As much of an element as labels look at. */
class FakeElement extends EventTarget {
  readonly nodeType = 1;
  readonly localName: string;
  readonly childNodes: readonly unknown[];
  readonly #matches: readonly string[];
  readonly #attributes: Readonly<Record<string, string>>;
  readonly #parent: FakeElement | null;

  constructor(
    localName: string,
    options: {
      matches?: readonly string[];
      attributes?: Readonly<Record<string, string>>;
      texts?: readonly (string | FakeElement)[];
      parent?: FakeElement;
    } = {},
  ) {
    super();
    this.localName = localName;
    this.#matches = [localName, ...(options.matches ?? [])];
    this.#attributes = options.attributes ?? {};
    this.#parent = options.parent ?? null;
    this.childNodes = (options.texts ?? []).map((text) =>
      typeof text === 'string' ? { nodeType: 3, nodeValue: text, childNodes: [] } : text,
    );
  }
  getAttribute(name: string): string | null {
    return this.#attributes[name] ?? null;
  }
  closest(selector: string): FakeElement | null {
    const wanted = selector.split(', ');
    const own = [
      ...this.#matches,
      ...Object.keys(this.#attributes).map((name) => `[${name}]`),
      ...Object.entries(this.#attributes).map(([name, value]) => `[${name}=${value}]`),
    ];
    return own.some((one) => wanted.includes(one)) ? this : (this.#parent?.closest(selector) ?? null);
  }
}

describe('an action is called', () => {
  const label = (element: FakeElement, type = 'click', more: object = {}) => {
    const event = Object.assign(new Event(type), more);
    element.dispatchEvent(event);
    return actionLabel(event);
  };
  const button = (texts: readonly (string | FakeElement)[], parent?: FakeElement) =>
    new FakeElement('button', { matches: ['.button'], texts, ...(parent === undefined ? {} : { parent }) });

  it('by a button’s own first words, never by what a variable put after them', () => {
    const icon = new FakeElement('svg');
    expect(label(button([icon, ' Generate  cards ']))).toBe('Generate cards');
    expect(label(button([new FakeElement('span', { texts: ['Remove ', 'secret-model'] })]))).toBe('Remove');
    expect(label(new FakeElement('span', { parent: button(['Save settings']) }))).toBe('Save settings');
    expect(label(button(['x'.repeat(100)]))).toHaveLength(40);
    expect(label(new FakeElement('button', { attributes: { role: 'tab' }, texts: ['Flame'] }))).toBe('Flame');
  });

  it('by its element where the words could be content', () => {
    const table = new FakeElement('table');
    const row = new FakeElement('tr', { parent: table });
    expect(label(button(['gatto'], row))).toBe('button');
    expect(label(new FakeElement('td', { parent: row, texts: ['gatto'] }))).toBe('row');
    expect(label(new FakeElement('button', { texts: ['my list.csv'] }))).toBe('button');
    expect(label(new FakeElement('input', { attributes: { type: 'radio' } }))).toBe('radio');
    expect(label(new FakeElement('textarea'))).toBe('textarea');
    expect(label(new FakeElement('div', { attributes: { role: 'option' }, texts: ['gatto'] }))).toBe(
      'option',
    );
    expect(label(new FakeElement('main'))).toBe('window');
  });

  it('by the button that a form is sent with', () => {
    const form = new FakeElement('form');
    expect(label(form, 'submit', { submitter: button(['Save settings'], form) })).toBe('Save settings');
    expect(label(form, 'submit', { submitter: null })).toBe('form');
  });

  it('by what the element says of itself', () => {
    const element = new FakeElement('tr', { attributes: { 'data-action': 'Open trace' }, texts: ['gatto'] });
    expect(label(new FakeElement('td', { parent: element }))).toBe('Open trace');
  });

  it('by the key, where it is no text', () => {
    const field = new FakeElement('input', { attributes: { type: 'search' } });
    expect(label(field, 'keydown', { key: 'Enter' })).toBe('Enter');
    expect(label(field, 'keydown', { key: 'p', ctrlKey: true })).toBe('Ctrl+p');
    expect(label(field, 'keydown', { key: 'P', metaKey: true, altKey: true })).toBe('Meta+Alt+P');
    expect(label(field, 'keydown', { key: 's' })).toBe('search');
    expect(label(field, 'keydown', { key: '한' })).toBe('search');
  });
});
