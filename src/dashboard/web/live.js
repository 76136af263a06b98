/** The connection to the server: the whole fleet first, then what changes. When it breaks, it is made again, and said. */

/** Milliseconds to wait before a new try: the first, and at most. */
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 15_000;

/** Calls `changed` with the fleet after each event, and `told` with "live" or "lost". */
export function follow({ changed, told }) {
  let wait = FIRST_WAIT;
  let fleet;
  const open = () => {
    const events = new EventSource("events");
    events.addEventListener("snapshot", ({ data }) => {
      wait = FIRST_WAIT;
      fleet = JSON.parse(data);
      told("live");
      changed(fleet);
    });
    events.addEventListener("update", ({ data }) => {
      if (!fleet) return;
      fleet = merged(fleet, JSON.parse(data));
      changed(fleet);
    });
    // The browser gives up for good on an answer such as 503, so that trying again is ours.
    events.addEventListener("error", () => {
      events.close();
      told("lost");
      setTimeout(open, wait);
      wait = Math.min(LONGEST_WAIT, wait * 2);
    });
  };
  open();
}

function merged(fleet, { pops = [], gone = [], ...rest }) {
  const all = new Map(fleet.pops.map((pop) => [pop.pop, pop]));
  for (const pop of pops) all.set(pop.pop, pop);
  for (const name of gone) all.delete(name);
  return { ...fleet, ...rest, pops: [...all.values()] };
}
