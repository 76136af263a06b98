/** Loaded before the program (NODE_OPTIONS=--import): its clock, in every thread, is off by $CLOCK_OFF milliseconds. */

const off = Number(process.env.CLOCK_OFF ?? 0);
const Real = Date;

globalThis.Date = new Proxy(Real, {
  construct: (_, args, target) => Reflect.construct(Real, args.length === 0 ? [Real.now() + off] : args, target),
  get: (_, name) => (name === "now" ? () => Real.now() + off : Reflect.get(Real, name)),
});
