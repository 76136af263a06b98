/** What is wrong with a piece of master-file text, and where: a byte offset that the reader turns into line:column. */
export class TextError extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.name = "TextError";
    this.offset = offset;
  }
}
