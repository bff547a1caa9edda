type Props = {
  readonly columns: readonly string[];
  /** After these, set to the right as what stands below them. */
  readonly figures?: readonly string[];
  /** The last column, which needs no words for those who see it. */
  readonly action?: string;
};

/** The one row above a table. */
export function TableHead({ columns, figures, action }: Props) {
  return (
    <thead>
      <tr>
        {columns.map((name) => (
          <th key={name} scope="col">
            {name}
          </th>
        ))}
        {figures?.map((name) => (
          <th key={name} scope="col" className="right">
            {name}
          </th>
        ))}
        {action !== undefined && (
          <th scope="col">
            <span className="visually-hidden">{action}</span>
          </th>
        )}
      </tr>
    </thead>
  );
}
