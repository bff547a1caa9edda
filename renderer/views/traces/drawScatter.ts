import type { FoundTrace } from '../../../shared/traceQuery.ts';
import { formatDuration } from '../../../shared/units.ts';
import { tickText, timeTicks } from '../../derive/scatter.ts';
import type { Scatter, ScatterFrame } from '../../derive/scatter.ts';

/** Draws the dots: failed traces as crosses above the others, so that neither place nor colour hides them. */
export function drawScatter(
  canvas: HTMLCanvasElement,
  traces: readonly FoundTrace[],
  scatter: Scatter,
  { widthPx, heightPx, leftPx, bottomPx, rightPx }: ScatterFrame,
  marked: FoundTrace | null,
): void {
  const scale = devicePixelRatio || 1;
  canvas.width = Math.round(widthPx * scale);
  canvas.height = Math.round(heightPx * scale);
  canvas.style.width = `${widthPx}px`;
  canvas.style.height = `${heightPx}px`;
  const context = canvas.getContext('2d');
  if (context === null) return;
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const { x, y, lines, fromMs, toMs } = scatter;
  context.scale(scale, scale);
  context.font = `11px ${style.fontFamily}`;
  context.lineWidth = 1;

  context.strokeStyle = colour('--scatter-grid');
  context.fillStyle = colour('--scatter-text');
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const ms of lines) {
    const at = Math.round(y(ms)) + 0.5;
    context.beginPath();
    context.moveTo(leftPx, at);
    context.lineTo(widthPx - rightPx, at);
    context.stroke();
    context.fillText(formatDuration(ms).replace(/\.0+(?= )/, ''), leftPx - 6, at);
  }
  context.textBaseline = 'alphabetic';
  context.textAlign = 'center';
  for (const tick of timeTicks(fromMs, toMs)) {
    const at = x(tick);
    if (at < leftPx + 16 || at > widthPx - rightPx - 16) continue;
    context.fillText(tickText(tick, toMs - fromMs), at, heightPx - bottomPx + 15);
  }

  context.fillStyle = colour('--scatter-dot');
  context.globalAlpha = traces.length > 1000 ? 0.35 : 0.6;
  for (const { startMs, durationMs, errorCount } of traces) {
    if (errorCount > 0) continue;
    context.beginPath();
    context.arc(x(startMs), y(durationMs ?? 0), 3, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 0.95;
  context.strokeStyle = colour('--scatter-bad');
  context.lineWidth = 1.75;
  context.beginPath();
  for (const { startMs, durationMs, errorCount } of traces) {
    if (errorCount === 0) continue;
    const [atX, atY] = [x(startMs), y(durationMs ?? 0)];
    context.moveTo(atX - 3, atY - 3);
    context.lineTo(atX + 3, atY + 3);
    context.moveTo(atX + 3, atY - 3);
    context.lineTo(atX - 3, atY + 3);
  }
  context.stroke();
  if (marked === null) return;
  context.globalAlpha = 1;
  context.strokeStyle = colour('--scatter-text');
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x(marked.startMs), y(marked.durationMs ?? 0), 6, 0, 2 * Math.PI);
  context.stroke();
}
