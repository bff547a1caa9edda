/** Texts of an HTML page. */
import type { AttributeValue } from '../../shared/span.ts';

export function textOf(value: AttributeValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Also control characters, which HTML has no way to say. */
export function escape(text: string): string {
  return text
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\p{Surrogate}/gu, '\ufffd');
}
