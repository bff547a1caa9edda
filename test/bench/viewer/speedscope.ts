import type { NestedTrace } from './nestedTrace.ts';

/** speedscope is an app of its own, which draws with WebGL: it is handed a file in its format. */
export function speedscopeFile(trace: NestedTrace): string {
  const events: { type: 'O' | 'C'; at: number; frame: number }[] = [];
  const open: number[] = [];
  const closeUntil = (parent: number) => {
    while (open.length > 0 && open.at(-1) !== parent) {
      const at = open.pop()!;
      events.push({ type: 'C', at: trace.startMs[at]! + trace.durationMs[at]!, frame: trace.name[at]! });
    }
  };
  for (let at = 0; at < trace.count; at += 1) {
    closeUntil(trace.parent[at]!);
    events.push({ type: 'O', at: trace.startMs[at]!, frame: trace.name[at]! });
    open.push(at);
  }
  closeUntil(-1);
  return JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    shared: { frames: trace.names.map((name) => ({ name })) },
    profiles: [
      {
        type: 'evented',
        name: 'trace',
        unit: 'milliseconds',
        startValue: 0,
        endValue: trace.durationMs[0],
        events,
      },
    ],
  });
}
