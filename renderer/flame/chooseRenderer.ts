/** Which renderer a model gets. */
import type { FlameModel } from './flameModel.ts';
import type { FlameRenderer, RendererOptions } from './flameRenderer.ts';
import { createPageRenderer } from './pageRenderer.ts';
import { createWorkerRenderer, mayUseWorker } from './workerRenderer.ts';

/** The renderer that suits a model; a worker only where the browser has one and the trace is large. */
export function createRenderer(model: FlameModel, options: RendererOptions): FlameRenderer {
  if (mayUseWorker(model)) {
    const renderer = createWorkerRenderer(model, options);
    if (renderer !== null) return renderer;
  }
  return createPageRenderer(options);
}

/** Whether the model would now get a renderer of another kind, or its worker is that of another trace. */
export function isOutgrown(renderer: FlameRenderer, before: FlameModel, model: FlameModel): boolean {
  if (renderer.kind === 'worker') return before.stream !== model.stream;
  return mayUseWorker(model);
}
