/** One figure with what it is held against: all that `npm run bench` prints, and with `--json` word for word. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  /** As in `requests/s`, `ms` or `MB/min`. */
  readonly unit: string;
  /** The same unit; null: the goal is a number of its own and not a share of something. */
  readonly reference: number | null;
  /** `value / reference`. */
  readonly ratio: number | null;
  /** For people, as in `at least 0.6 of the reference`. */
  readonly goal: string;
  readonly met: boolean;
}

/** Reports the progress of a measurement to people; never on standard output. */
export type Report = (line: string) => void;

type Limit = { readonly atLeast: number } | { readonly atMost: number };

const limitIn = (limit: Limit) => ('atLeast' in limit ? `at least ${limit.atLeast}` : `at most ${limit.atMost}`);
const within = (figure: number, limit: Limit) =>
  'atLeast' in limit ? figure >= limit.atLeast : figure <= limit.atMost;
const rounded = (figure: number) => Number(figure.toPrecision(4));

/** A figure that is judged by its share of another, measured in the same run. */
export function compared(
  { name, value, unit, reference }: Pick<Measure, 'name' | 'value' | 'unit'> & { readonly reference: number },
  limit: Limit,
): Measure {
  const ratio = value / reference;
  return {
    name,
    value: rounded(value),
    unit,
    reference: rounded(reference),
    ratio: rounded(ratio),
    goal: `${limitIn(limit)} of the reference`,
    met: within(ratio, limit),
  };
}

/** A figure that is judged by itself. */
export function bounded({ name, value, unit }: Pick<Measure, 'name' | 'value' | 'unit'>, limit: Limit): Measure {
  return {
    name,
    value: rounded(value),
    unit,
    reference: null,
    ratio: null,
    goal: `${limitIn(limit)} ${unit}`,
    met: within(value, limit),
  };
}
