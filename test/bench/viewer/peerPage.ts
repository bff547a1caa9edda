/** What each viewer's page has in common: the trace in the viewer's own input form, its first picture, its steps. */
import { childrenOf, nestedTrace } from './nestedTrace.ts';
import type { NestedTrace } from './nestedTrace.ts';

export type Peer<Data> = {
  readonly prepare: (trace: NestedTrace) => Data | Promise<Data>;
  /** Shows it; returns what takes the wheel. May go on drawing in later frames. */
  readonly mount: (root: HTMLElement, data: Data) => Element | Promise<Element>;
  /** One step of zooming, where it is not the wheel. */
  readonly step?: (target: Element, index: number) => void;
};

/** A tree of objects out of the columns; no recursion, as a trace may be deep. */
export function tree<Node>(trace: NestedTrace, make: (at: number, children: Node[]) => Node): Node {
  const children = childrenOf(trace);
  const nodes = new Array<Node>(trace.count);
  // Children stand behind their parents.
  for (let at = trace.count - 1; at >= 0; at -= 1) {
    nodes[at] = make(
      at,
      children[at]!.map((child) => nodes[child]!),
    );
  }
  return nodes[0]!;
}

const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
/** Two: the first draws, the second knows that it was drawn. */
const drawn = async () => {
  await frame();
  await frame();
};

/** Puts `peerPage` onto the window, for the benchmark to call. */
export function servePeer<Data>(peer: Peer<Data>): void {
  const root = document.getElementById('root')!;
  let data: Data | null = null;
  let target: Element = root;
  const page = {
    async prepare(spans: number): Promise<void> {
      data = await peer.prepare(nestedTrace(spans));
    },
    /** Milliseconds from the call to the frame after the first picture. */
    async load(): Promise<number> {
      const began = performance.now();
      target = await peer.mount(root, data!);
      await drawn();
      return performance.now() - began;
    },
    async step(index: number): Promise<void> {
      if (peer.step !== undefined) peer.step(target, index);
      else {
        const { left, top, width, height } = target.getBoundingClientRect();
        target.dispatchEvent(
          new WheelEvent('wheel', {
            deltaY: index % 40 < 20 ? -150 : 150,
            clientX: left + width * (0.3 + 0.4 * ((index * 0.618) % 1)),
            clientY: top + Math.min(300, height / 2),
            bubbles: true,
            cancelable: true,
          }),
        );
      }
      await drawn();
    },
  };
  (globalThis as { peerPage?: typeof page }).peerPage = page;
}
