/** What is not done, and why. */

/** A change that is refused before anything was changed, as sentences that say what to do. */
export class Refusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Refusal";
  }
}
