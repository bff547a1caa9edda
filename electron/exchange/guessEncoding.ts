/**
 * Which encoding a text that is not UTF-8 is probably in, for the hint of the error; `null` where nothing
 * fits. Tried from the most telling to the least: kana in the Japanese encodings, or nothing but kanji of the usual
 * ones; isolated high bytes for the Latin ones, a narrow byte range for Cyrillic, Hangul for Korean, and what is left is
 * Chinese.
 */
export function guessEncoding(bytes: Uint8Array): string | null {
  const high = bytes.filter((byte) => byte >= 0x80);
  if (high.length === 0) return null;
  if (share(decode(bytes, 'shift_jis'), /[\u3041-\u3096\u30a1-\u30fa]/gu) > 0.3) return 'Shift_JIS';
  if (share(decode(bytes, 'euc-jp'), /[\u3041-\u3096\u30a1-\u30fa]/gu) > 0.3) return 'EUC-JP';
  if (hasOnlyKanji(bytes)) return 'Shift_JIS';
  if (isolatedShare(bytes) > 0.6) return 'Windows-1252 (Latin-1)';
  if (high.filter((byte) => byte >= 0xc0 || byte === 0xa8 || byte === 0xb8).length > 0.97 * high.length) {
    return 'Windows-1251 (Cyrillic)';
  }
  if (share(decode(bytes, 'euc-kr'), /[\uac00-\ud7a3]/gu) > 0.85) return 'EUC-KR (CP949)';
  // Chinese in GB2312 has both bytes of a character above 0xa0; Big5 has second bytes in the ASCII range.
  if (high.every((byte) => byte >= 0xa1) && share(decode(bytes, 'gb18030'), /\p{Script=Han}/gu) > 0.7) {
    return 'GBK (GB18030)';
  }
  if (share(decode(bytes, 'big5'), /\p{Script=Han}/gu) > 0.7) return 'Big5';
  if (share(decode(bytes, 'gb18030'), /\p{Script=Han}/gu) > 0.7) return 'GBK (GB18030)';
  return null;
}

/** The text, with U+FFFD where a byte does not fit; empty where this build of Node lacks the encoding. */
function decode(bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return '';
  }
}

/** Share of the letters among all characters that are not ASCII, U+FFFD included. */
function share(text: string, letters: RegExp): number {
  const other = text.match(/[^\p{ASCII}]/gu)?.length ?? 0;
  return other === 0 ? 0 : (text.match(letters)?.length ?? 0) / other;
}

/**
 * Whether all that is not ASCII is kanji in Shift_JIS, most of them of JIS X 0208's first level: its first bytes, 0x88 to
 * 0x97, are hardly ever letters in another encoding.
 */
function hasOnlyKanji(bytes: Uint8Array): boolean {
  const text = decode(bytes, 'shift_jis');
  if (share(text, /\p{Script=Han}/gu) < 1) return false;
  let kanji = 0;
  let usual = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const first = bytes[at]!;
    if (first < 0x80) continue;
    kanji += 1;
    if (first >= 0x88 && first <= 0x97) usual += 1;
    at += 1;
  }
  return usual > 0.6 * kanji;
}

/** Share of the runs of high bytes that are one byte long: an accented letter between plain ones. */
function isolatedShare(bytes: Uint8Array): number {
  let runs = 0;
  let isolated = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if ((bytes[at] ?? 0) < 0x80) continue;
    const start = at;
    while (at + 1 < bytes.length && (bytes[at + 1] ?? 0) >= 0x80) at += 1;
    runs += 1;
    if (at === start) isolated += 1;
  }
  return runs === 0 ? 0 : isolated / runs;
}
