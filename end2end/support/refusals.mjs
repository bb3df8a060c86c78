// Credentials that don't hold, shown to a Worker: whatever is wrong with one, the answer is one and the same.

import assert from "node:assert/strict";
import { madeUpKey } from "./credentials.mjs";
import { everything } from "./registry.mjs";

/** What each credential is tried on: reading, writing, exchanging, uploading. */
const TRIED = [
  ["GET", "/me"],
  ["POST", "/projects/TOKEN/tasks", { body: '{"title":"Not to be there"}' }],
  ["POST", "/tokens", { body: "{}" }],
  [
    "POST",
    "/runs/run_00000000000000000000000000/evidence?name=a.txt",
    { body: Buffer.from("a"), headers: { "content-type": "text/plain" } },
  ],
];

/** An answer without what differs from answer to answer. */
export function told({ status, headers, text }) {
  const own = ["date", "x-request-id", "server-timing", "ratelimit"];
  const kept = [...headers.entries()].filter(([name]) => !own.includes(name)).sort();
  const id = headers.get("x-request-id");
  assert.ok(text.includes(id), "a problem names its request");
  return { status, kept, text: text.replaceAll(id, "…") };
}

/** Asking a Worker with credentials. */
export function withCredentials(worker, db) {
  let asked = 0;
  /** Asks with one, from another network now and then: the guesses of one are counted. */
  async function ask(authorization, method = "GET", path = "/me", { body, headers = {} } = {}) {
    asked += 1;
    const answer = await worker.fetch(`/api/v1${path}`, {
      method,
      body,
      headers: {
        authorization,
        "cf-connecting-ip": `198.51.100.${asked >> 8}`,
        // As a page of ours would: what is no bearer at all must say where it comes from.
        ...(method === "GET" ? {} : { origin: worker.origin, "sec-fetch-site": "same-origin" }),
        ...(typeof body === "string" && { "content-type": "application/json" }),
        ...headers,
      },
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  /** Tries each of these, by what it is; every answer must be that to a key that nobody has. */
  async function allRefused(credentials) {
    const nobodys = [];
    for (const tried of TRIED) nobodys.push(told(await ask(`Bearer ${madeUpKey()}`, ...tried)));
    const before = await everything(db(), ["audit"]);
    for (const [what, authorization] of Object.entries(credentials)) {
      for (const [index, [method, path, more]] of TRIED.entries()) {
        const answer = await ask(authorization, method, path, more);
        const where = `${what}: ${method} ${path}`;
        assert.equal(answer.status, 401, `${where}: ${answer.text}`);
        assert.equal(answer.headers.get("www-authenticate"), "Bearer", where);
        assert.equal(JSON.parse(answer.text).code, "signed_out", where);
        assert.deepEqual(told(answer), nobodys[index], where);
      }
    }
    assert.deepEqual(await everything(db(), ["audit"]), before);
  }

  /** As `allRefused`, of bearers. */
  const bearersRefused = (tokens) => {
    const shown = Object.entries(tokens).map(([what, token]) => [what, `Bearer ${token}`]);
    return allRefused(Object.fromEntries(shown));
  };
  return { ask, allRefused, bearersRefused };
}
