/** What was measured since the page was opened, and in the half minute before: one value for each second. */

/** Seconds that are kept. */
const KEPT = 300;
/** Seconds that a POP's last value stands for those that it has not told of yet. */
const STANDS = 15;

export const RCODES = ["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED"];

export class History {
  /** Of each POP: queries by second, its last counts of response codes, and the rates between the last two. */
  #pops = new Map();
  #rates = [];

  /** Takes in what a fleet says. */
  take(fleet) {
    for (const pop of fleet.pops) {
      if (pop.vitals) this.#takePop(pop);
    }
    const names = new Set(fleet.pops.map(({ pop }) => pop));
    for (const name of this.#pops.keys()) if (!names.has(name)) this.#pops.delete(name);
  }

  #takePop({ pop, heard, vitals }) {
    const one = this.#pops.get(pop) ?? { seconds: new Map(), heard: undefined, rcodes: undefined, rates: undefined };
    this.#pops.set(pop, one);
    if (one.heard === heard) return;
    const end = Math.floor(Date.parse(heard) / 1000);
    for (const [i, value] of vitals.qps.entries()) one.seconds.set(end - vitals.qps.length + i, value);
    for (const second of one.seconds.keys()) if (second < end - KEPT) one.seconds.delete(second);
    if (one.rcodes && one.started === vitals.started) {
      const passed = (Date.parse(heard) - Date.parse(one.heard)) / 1000;
      if (passed > 0) one.rates = ratesOf(one.rcodes, vitals.rcodes, passed);
    }
    one.heard = heard;
    one.started = vitals.started;
    one.rcodes = vitals.rcodes;
  }

  /** Notes how many answers of each response code there are in a second now. */
  tick(second) {
    const all = [...this.#pops.values()].filter(
      ({ rates, heard }) => rates && Date.parse(heard) / 1000 > second - STANDS * 2,
    );
    // A clock that is set back has its seconds twice.
    if (all.length === 0 || second <= (this.#rates.at(-1)?.[0] ?? 0)) return;
    const sums = [...RCODES, "other"].map((_, i) => all.reduce((sum, { rates }) => sum + rates[i], 0));
    this.#rates.push([second, ...sums]);
    while (this.#rates.length > KEPT) this.#rates.shift();
  }

  /** [seconds, queries] of a POP, or of all. */
  queries(name) {
    const pops = name === undefined ? [...this.#pops.values()] : [this.#pops.get(name)].filter(Boolean);
    const ends = pops.map(({ seconds }) => extremes(seconds)).filter(Boolean);
    if (ends.length === 0) return [[], []];
    const last = ends.reduce((most, [, end]) => Math.max(most, end), 0);
    // From where half of the POPs are known: a sum over few would look like an outage.
    const starts = ends.map(([start]) => start).sort((a, b) => a - b);
    const first = Math.max(last - KEPT, starts[starts.length >> 1]);
    const seconds = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const sums = seconds.map(() => 0);
    for (const pop of pops) addTo(sums, pop.seconds, first);
    return [seconds, sums];
  }

  /** [seconds, …rates by code], of all. */
  rcodes() {
    return [0, ...RCODES, "other"].map((_, i) => this.#rates.map((row) => row[i]));
  }
}

/** The first second and the last. */
function extremes(seconds) {
  if (seconds.size === 0) return undefined;
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  for (const second of seconds.keys()) {
    first = Math.min(first, second);
    last = Math.max(last, second);
  }
  return [first, last];
}

function addTo(sums, seconds, first) {
  let value;
  let from = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < sums.length; i++) {
    const here = seconds.get(first + i);
    if (here !== undefined) {
      value = here;
      from = i;
    }
    if (value !== undefined && i - from <= STANDS) sums[i] += value;
  }
}

function ratesOf(before, now, passed) {
  const rate = (code) => Math.max(0, (now[code] ?? 0) - (before[code] ?? 0)) / passed;
  const named = RCODES.map(rate);
  const others = Object.keys(now).filter((code) => !RCODES.includes(code));
  return [...named, others.reduce((sum, code) => sum + rate(code), 0)];
}
