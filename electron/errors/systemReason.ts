/** The system's message without the call and the path that it repeats: `no such file or directory (ENOENT)`. */
export function systemReason(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : null;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return code === null ? text : `${text.replace(`${code}: `, '').replace(/, [a-z]+( '.*)?$/s, '')} (${code})`;
}
