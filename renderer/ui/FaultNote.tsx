type Props = { readonly fault: { readonly message: string; readonly hint: string | null } | null };

/** What went wrong, said where it was asked for; nothing where nothing did. */
export function FaultNote({ fault }: Props) {
  if (fault === null) return null;
  return (
    <p role="alert" className="field-error">
      {fault.message} {fault.hint}
    </p>
  );
}
