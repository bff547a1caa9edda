/** The load: traces as the pipeline makes them, spans and rows, each with a number of its own. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Component, Operation, Telemetry } from '../../electron/telemetry/api.ts';

export type Asked = {
  /** Calls of `withSpan` and `startSpan`. */
  readonly spans: number;
  readonly cache: number;
  readonly database: number;
};
export type Load = {
  /** Goes on until telemetry has recorded so many spans and rows in all. */
  burst(untilStarted: number): Promise<void>;
  /** Ends what it left open on purpose. */
  end(): void;
  asked(): Asked;
};

/** Every span and row of the load carries its number in this attribute. */
export const NUMBER = 'soak.n';
/** A limited span name: of these the head sampler records only some. */
export const NOISE = 'noise';
/** Several spans stay open over a burst, and one over all of them. */
const SPANS_A_TURN = 200;

export function createLoad(telemetry: Telemetry, cache: Component, database: Component): Load {
  const get = cache.operation('cache get', { facts: [NUMBER], synchronous: true });
  const select = database.operation('SELECT', { kind: 'client', facts: [NUMBER], synchronous: true });
  const asked = { spans: 0, cache: 0, database: 0 };
  let next = 0;
  const number = () => (next += 1);
  const span = () => {
    asked.spans += 1;
    return { attributes: { [NUMBER]: number() } };
  };
  const operate = (operation: Operation, of: 'cache' | 'database') => {
    asked[of] += 1;
    const token = operation.begin();
    // A failed operation has no facts, and so no number: the load has none.
    operation.end(token, number());
  };
  const wholeLoad = telemetry.startSpan('load', span());

  async function trace(): Promise<void> {
    await telemetry.withSpan('run', { ...span(), parent: null }, async (run) => {
      // Ends after its parent.
      const late = telemetry.startSpan('late', span());
      for (let item = 0; item < 4; item += 1) {
        telemetry.withSpan('item', span(), (handle) => {
          for (let i = 0; i < 3; i += 1) operate(get, 'cache');
          for (let i = 0; i < 2; i += 1) operate(select, 'database');
          telemetry.withSpan(NOISE, span(), () => operate(get, 'cache'));
          if (next % 97 === 0) handle.fail('soak', 'One of many.');
        });
      }
      run.addEvent('half way');
      await Promise.resolve();
      void Promise.resolve().then(() => late.end());
    });
  }

  return {
    async burst(untilStarted) {
      const open = Array.from({ length: 20 }, () =>
        telemetry.startSpan('burst', { ...span(), parent: null }),
      );
      while (telemetry.spans.counts().started < untilStarted) {
        const before = asked.spans;
        while (asked.spans - before < SPANS_A_TURN) await trace();
        await turn();
      }
      for (const handle of open) handle.end();
    },
    end: () => wholeLoad.end(),
    asked: () => ({ ...asked }),
  };
}
