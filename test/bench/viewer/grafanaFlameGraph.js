/** @grafana/flamegraph: a React component over a data frame that is a nested set. */
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { createTheme, FieldType, MutableDataFrame } from '@grafana/data';
import { FlameGraph } from '@grafana/flamegraph';

export const prepare = (trace) => ({
  level: Array.from(trace.depth),
  value: Array.from(trace.durationMs, (ms) => Math.round(ms * 1e6)),
  self: Array.from(trace.durationMs, () => 0),
  label: Array.from(trace.name, (id) => trace.names[id]),
});

export function mount(root, { level, value, self, label }) {
  const data = new MutableDataFrame({
    fields: [
      { name: 'level', type: FieldType.number, values: level },
      { name: 'value', type: FieldType.number, values: value, config: { unit: 'ns' } },
      { name: 'self', type: FieldType.number, values: self, config: { unit: 'ns' } },
      { name: 'label', type: FieldType.string, values: label },
    ],
  });
  createRoot(root).render(
    createElement(FlameGraph, {
      data,
      getTheme: () => createTheme(),
      showFlameGraphOnly: true,
      disableCollapsing: true,
    }),
  );
  return root;
}
