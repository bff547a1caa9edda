/** In the place of metrics where telemetry is off: everything can be called, nothing is kept. */
import { createNoopMeter } from '@opentelemetry/api';
import type { Metrics } from '../api.ts';

const nothing = () => undefined;
const COUNTER = { add: nothing, cell: () => ({ add: nothing }) };
const GAUGE = { record: nothing, cell: () => ({ set: nothing }) };
const HISTOGRAM = { record: nothing, cell: () => ({ record: nothing }) };

export const NO_METRICS: Metrics = {
  counter: () => COUNTER,
  upDownCounter: () => COUNTER,
  gauge: () => GAUGE,
  histogram: () => HISTOGRAM,
  observableGauge: () => nothing,
  observableCounter: () => nothing,
  meter: createNoopMeter,
  collect: () => Promise.resolve([]),
};
