/** What a Dockerfile says, instruction by instruction. */

import { readFileSync } from "node:fs";

export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** In order, with continued lines joined and comments left out. */
export function instructionsOf(file: string): Instruction[] {
  const lines = readFileSync(file, "utf8").split("\n");
  const whole = lines
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .replaceAll("\\\n", "");
  return whole
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name = "", text = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      return { name, text };
    });
}

/** The texts of all instructions of this name. */
export function textsOf(instructions: readonly Instruction[], name: string): string[] {
  return instructions.filter((one) => one.name === name).map(({ text }) => text);
}

/** What is copied from the folder that is built in, and not from another stage. */
export function copiedFrom(instructions: readonly Instruction[]): string[] {
  return textsOf(instructions, "COPY")
    .filter((text) => !text.startsWith("--from="))
    .flatMap((text) => text.split(/\s+/).slice(0, -1));
}

/** Whether .dockerignore lets a path through: the last line that matches it, or a folder it is in, decides. */
export function passes(ignore: string, path: string): boolean {
  const lines = ignore.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  let passed = true;
  for (const line of lines) {
    const pattern = line.replace(/^!/, "");
    if (pattern === "*" || path === pattern || path.startsWith(`${pattern}/`)) passed = line.startsWith("!");
  }
  return passed;
}
