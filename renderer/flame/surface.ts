/**
 * Where a picture is drawn. The strip is one pixel line a row, stretched to the row's height afterwards: a
 * thousand sub-pixel boxes in a row cost a thousand array writes and one drawImage.
 */
export type PixelStrip = {
  /** Sets the size in pixels and clears everything; returns the pixels, row by row. */
  readonly begin: (width: number, rows: number) => Uint32Array;
  /** Makes the pixels drawable. */
  readonly finish: () => void;
  /** Draws line `row` into a rectangle of the canvas. */
  readonly stretch: (row: number, y: number, height: number) => void;
};

export type FlameContext = Pick<
  CanvasRenderingContext2D,
  | 'fillRect'
  | 'strokeRect'
  | 'fillText'
  | 'measureText'
  | 'beginPath'
  | 'moveTo'
  | 'lineTo'
  | 'stroke'
  | 'closePath'
  | 'rect'
  | 'fill'
  | 'fillStyle'
  | 'strokeStyle'
  | 'lineWidth'
  | 'font'
  | 'textBaseline'
  | 'textAlign'
  | 'globalAlpha'
>;

export type Surface = {
  readonly context: FlameContext;
  readonly strip: PixelStrip;
  readonly deviceWidth: number;
  readonly deviceHeight: number;
  /** Device pixels a CSS pixel. */
  readonly ratio: number;
};

/**
 * A surface on a real canvas, of the page or of a worker, whose size in device pixels must be set already. `null`
 * without 2D support.
 */
export function canvasSurface(canvas: HTMLCanvasElement | OffscreenCanvas, ratio: number): Surface | null {
  const context = canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D | null;
  if (context === null) return null;
  const line = typeof document === 'undefined' ? new OffscreenCanvas(1, 1) : document.createElement('canvas');
  const lineContext = line.getContext('2d') as CanvasRenderingContext2D | null;
  if (lineContext === null) return null;
  let image = new ImageData(1, 1);
  const strip: PixelStrip = {
    begin(width, rows) {
      const w = Math.max(1, width);
      const h = Math.max(1, rows);
      if (image.width !== w || image.height !== h) {
        image = new ImageData(w, h);
        line.width = w;
        line.height = h;
      } else new Uint32Array(image.data.buffer).fill(0);
      return new Uint32Array(image.data.buffer);
    },
    finish() {
      lineContext.putImageData(image, 0, 0);
      context.imageSmoothingEnabled = false;
    },
    stretch(row, y, height) {
      context.drawImage(line, 0, row, image.width, 1, 0, y, image.width, height);
    },
  };
  return { context, strip, deviceWidth: canvas.width, deviceHeight: canvas.height, ratio };
}
