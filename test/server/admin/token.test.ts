/** Who may ask: the token in every way that it can be shown, and what the log says of those who have it wrong. */

import { expect, test } from "vitest";
import { seldom } from "../../../src/server/admin/seldom.ts";
import { tokenJudge } from "../../../src/server/admin/token.ts";
import { opened } from "./asked.ts";

const TOKEN = "correct-horse-battery";
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;
const pages = [
  { path: "/words", handle: (_: unknown, response: { end(text: string): unknown }) => void response.end("words\n") },
];

test("the token is a bearer, or the password of any user; nothing else is right", () => {
  const judge = tokenJudge(TOKEN);
  expect(judge(undefined)).toBe("nothing");
  for (const right of [`Bearer ${TOKEN}`, `bearer  ${TOKEN}`, basic(`me:${TOKEN}`), basic(`:${TOKEN}`)]) {
    expect([right, judge(right)]).toEqual([right, "right"]);
  }
  const wrongs = [
    "",
    "Bearer",
    "Bearer ",
    TOKEN,
    `Token ${TOKEN}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer x ${TOKEN}`,
  ];
  for (const wrong of [...wrongs, basic(TOKEN), basic(`${TOKEN}:`), basic(`me:${TOKEN.toUpperCase()}`), "Basic %%%"]) {
    expect([wrong, judge(wrong)]).toEqual([wrong, "wrong"]);
  }
  const colons = tokenJudge(`a:b:${TOKEN}`);
  expect(colons(basic(`me:a:b:${TOKEN}`))).toBe("right");
});

test("with a token, all but /healthz wants it, and what is not there as well", async () => {
  const { get } = await opened(pages, TOKEN);
  expect((await get("/healthz")).status).toBe(200);
  for (const path of ["/", "/words", "/nothing", "/healthz/", `/words?token=${TOKEN}`]) {
    const answer = await get(path);
    expect([path, answer.status]).toEqual([path, 401]);
    expect(answer.headers.get("www-authenticate")).toBe(
      'Bearer realm="zonecast", Basic realm="zonecast", charset="UTF-8"',
    );
    expect(((await answer.json()) as { error: string }).error).toMatch(/^show the token of this POP: /);
  }
  for (const authorization of [`Bearer ${TOKEN}`, basic(`me:${TOKEN}`)]) {
    const answer = await get("/words", { headers: { authorization } });
    expect([answer.status, await answer.text()]).toEqual([200, "words\n"]);
  }
});

test("a wrong token is a line in the log with the client's address, never with a token; a missing one is none", async () => {
  const { get, told } = await opened(pages, TOKEN);
  await get("/words");
  expect(told).toEqual([]);
  for (let i = 0; i < 5; i++) {
    const answer = await get("/words", { headers: { authorization: `Bearer guess-number-${i}-${TOKEN}` } });
    expect(answer.status).toBe(401);
    expect(((await answer.json()) as { error: string }).error).toMatch(/^wrong token; /);
  }
  expect(told).toEqual([
    {
      level: "warn",
      event: "admin.denied",
      facts: { client: "127.0.0.1", unwritten: 0 },
      text: "127.0.0.1 asked the admin server with a wrong token",
    },
  ]);
});

test("lines that others cause come every ten seconds at most, and say how many were left out", () => {
  let now = 5;
  const write = seldom(() => now);
  const lines: number[] = [];
  const ask = () => write((unwritten) => lines.push(unwritten));
  for (let i = 0; i < 1000; i++) ask();
  now += 9999;
  ask();
  now += 1;
  ask();
  ask();
  now += 10_000;
  ask();
  expect(lines).toEqual([0, 1000, 1]);
});

test("with a token, any name is taken: there is a certificate's name in front of many an admin server", async () => {
  const { raw } = await opened(pages, TOKEN);
  const { text } = await raw(
    `GET /words HTTP/1.1\r\nHost: pop.example.net\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\n\r\n`,
  );
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
});
