/** What /metrics shows, as data: families of samples, which say what they are. */

export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Where it is not the family's: those of a histogram have endings. */
  readonly metricName?: string;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly values: readonly Sample[];
}

/** One without labels; without samples when there is no value. */
export function single(name: string, type: "counter" | "gauge", help: string, value: number | undefined): Family {
  return { name, type, help, values: value === undefined ? [] : [{ labels: {}, value }] };
}

/** A sample for each name, by a label of their own. */
export function samples(
  label: string,
  named: Readonly<Record<string, number>>,
  rest: Readonly<Record<string, string | number>> = {},
): Sample[] {
  return Object.entries(named).map(([name, value]) => ({ labels: { ...rest, [label]: name }, value }));
}
