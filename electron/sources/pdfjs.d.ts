/** The parsing half of pdf.js, which ships without types: it is only handed on to the other half. */
declare module 'pdfjs-dist/legacy/build/pdf.worker.mjs' {
  export const WorkerMessageHandler: unknown;
}
