// Requests that nobody means well with: to every operation of the API and every page, whatever is sent,
// nothing breaks, nothing is told of our insides, nothing leads elsewhere, and nothing changes.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { everything, listedForms } from "../support/registry.mjs";
import { PASSWORD, makeTeam } from "../support/visitor.mjs";
import { startWorker } from "../support/worker.mjs";

let worker, db, team, operations, pages;
before(async () => {
  worker = await startWorker();
  ({ DB: db } = await worker.server.getWorker().getEnv());
  team = await makeTeam(worker, "hostile");
  operations = await (await worker.hook("operations")).json();
  ({ pages } = await listedForms(worker));
});
after(() => worker?.close());

/** Words of a machine that nobody outside has any business to read. */
const INSIDES =
  /panicked|RuntimeError|unreachable executed|\.rs:\d|\bSELECT\b|\bINSERT INTO\b|SQLITE|D1_ERROR|no such (table|column)|\/(root|work|home)\/|node:internal|\bat .+\.js:\d/;

/** Sends it as the owner's browser would; the answer must be a refusal that tells nothing. */
async function refused(what, path, init = {}) {
  const ask = () =>
    worker.fetch(path, {
      ...init,
      headers: {
        origin: worker.origin,
        "sec-fetch-site": "same-origin",
        cookie: team.owner.cookie,
        ...init.headers,
      },
    });
  // An answer that comes before the end of a body may end the connection under whoever still sends it.
  const answer = await ask().catch(() => ask());
  const text = await answer.text();
  assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status} ${text.slice(0, 500)}`);
  assert.doesNotMatch(text, INSIDES, what);
  for (const [name, value] of answer.headers) assert.doesNotMatch(value, INSIDES, `${what}: ${name}`);
  return { status: answer.status, text, headers: answer.headers };
}

const deep = (open, close) => `${open.repeat(10_000)}${close.repeat(10_000)}`;
const utf8 = (...bytes) => Buffer.concat(bytes.map((part) => Buffer.from(part)));

/** Bodies that are no JSON of anybody's. */
const BODIES = {
  nothing: "",
  blank: " ",
  "a word": "null",
  "a list": "[]",
  "a text": '"x"',
  "half of one": '{"key":"A',
  "two of them": "{}{}",
  "a comment": "{/**/}",
  "a comma too many": '{"key":"AB",}',
  "10,000 lists in each other": deep("[", "]"),
  "10,000 objects in each other": deep('{"a":', "}").replace("}", "0}"),
  "10,000 lists in a field": `{"key":${deep("[", "]")}}`,
  "one field twice": '{"key":"AB","key":"CD","name":"x"}',
  "one field twice, spelled differently": '{"key":"AB","\\u006bey":"CD","name":"x"}',
  "unknown fields": '{"key":"AB","name":"x","role":"owner","workspace":"wsp_x"}',
  "a prototype": '{"__proto__":{"key":"AB"},"constructor":1}',
  "not a number": '{"key":NaN,"seen":Infinity}',
  "a number beyond all": '{"key":1e999,"seen":-1e999}',
  "an integer beyond 2^53": '{"key":9007199254740993,"seen":18446744073709551616}',
  "less than nothing": '{"key":-0,"seen":-0.0}',
  "a lone surrogate": '{"key":"\\ud800","name":"\\udfff"}',
  "a zero character": '{"key":"A\\u0000B","name":"\\u0000"}',
  "a real zero": utf8('{"key":"A', [0], '","name":"x"}'),
  "no UTF-8": utf8('{"key":"', [0xff, 0xfe], '","name":"x"}'),
  "overlong UTF-8": utf8('{"key":"', [0xc0, 0xaf], '","name":"x"}'),
  "a mark of byte order": utf8([0xef, 0xbb, 0xbf], "{}"),
  "another encoding": Buffer.from('{"key":"AB","name":"x"}', "utf16le"),
  "a text of 900 kB": JSON.stringify({ key: "A".repeat(900_000), name: "x" }),
  "20,000 fields": JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`f${n}`, n]))),
};
const TOO_LARGE = JSON.stringify({ key: "A".repeat(2_000_000) });

/** Values for a place in an address. */
const PLACES = ["%00", "%ff", "..%2f..%2fetc%2fpasswd", "%0d%0aset-cookie:%20a=b", "'%20OR%201=1--", "%F0%9D%95%8F", "a".repeat(4_000), "-1", "run_x"];

const changing = () => operations.filter(({ method }) => method !== "GET");
const at = (path, value = "MONO-1") => path.replaceAll(/\{\w+\}/g, value);

describe("to every operation of the API", () => {
  for (const [what, body] of Object.entries(BODIES)) {
    it(`a body that is ${what} is refused`, async () => {
      const before = await everything(db, ["audit"]);
      for (const { method, path, takes_json } of changing()) {
        if (!takes_json) continue;
        const headers = { "content-type": "application/json", "if-match": '"1"' };
        const { status } = await refused(`${method} ${path}: ${what}`, at(path), { method, headers, body });
        // Without a body there is nothing wrong with one: then it is a session that can't be exchanged.
        const refusals = [400, 404, 409, 412, 413, 415, 422, ...(path.endsWith("/tokens") ? [403] : [])];
        assert.ok(refusals.includes(status), `${method} ${path}: ${status}`);
      }
      assert.deepEqual(await everything(db, ["audit"]), before);
    });
  }

  it("a body beyond its bound is 413", async () => {
    for (const { method, path, takes_json } of changing().filter((one) => one.takes_json)) {
      const headers = { "content-type": "application/json", "if-match": '"1"' };
      const { status } = await refused(`${method} ${path} ${takes_json}`, at(path), { method, headers, body: TOO_LARGE });
      assert.equal(status, 413, path);
    }
  });

  it("a name of nothing that could be is as missing as any", async () => {
    for (const { method, path } of operations.filter((one) => one.path.includes("{"))) {
      for (const value of PLACES) {
        const headers = { "if-match": '"1"', "content-type": "application/json" };
        const body = method === "GET" || method === "DELETE" ? undefined : "{}";
        const { status } = await refused(`${method} ${path} ${value}`, at(path, value), { method, headers, body });
        assert.ok([400, 404, 415, 422, 428].includes(status), `${method} ${path} ${value}: ${status}`);
      }
    }
  });

  it("an odd query is refused, or finds nothing", async () => {
    const odd = ["limit=0", "limit=101", "limit=-1", "limit=1e9", "limit=NaN", "limit=9223372036854775808"];
    odd.push("limit=1&limit=2", "cursor=x", "cursor=%00", `cursor=${"A".repeat(9_000)}`, "unknown=1", "=", "%ff=1");
    odd.push(`cursor=${Buffer.from('["a","b","c"]').toString("base64url")}`, "cursor=' OR 1=1", "limit[]=1");
    for (const { path } of operations.filter((one) => one.method === "GET" && !one.path.includes("{"))) {
      for (const query of odd) await refused(`${path}?${query}`, `${path}?${query}`);
    }
  });

  it("an odd credential is nobody's, whatever is sent with it", async () => {
    const odd = ["Bearer x", "Bearer mt_", `Bearer ${"a".repeat(9_000)}`, "Bearer mt_é", "Bearer a.b.c", "Bearer ..", "bearer  x"];
    for (const { method, path } of operations) {
      for (const authorization of odd) {
        const headers = { authorization: Buffer.from(authorization).toString("latin1"), "content-type": "application/json" };
        const body = method === "GET" ? undefined : "{}";
        const { status } = await refused(`${method} ${path}`, at(path), { method, headers, body });
        if (path.endsWith("/tokens")) continue;
        assert.equal(status, 401, `${method} ${path} ${authorization.slice(0, 40)}`);
      }
    }
  });

  it("odd headers are refused, and never come back", async () => {
    const odd = {
      "idempotency-key": ["short", "ü".repeat(20), "a b c d e f g h", "x".repeat(65), "a,b,c,d,e"],
      "if-match": ["", "1", '"x"', '"9223372036854775808"', 'W/"1"', '"1", "2", ', '"-1"', "💥"],
      "content-type": ["application/json; charset=utf-16", "application/jsonp", "text/json", "json", "a/b/c", "*/*"],
    };
    // What names nothing and takes nothing is carried out whatever is sent along: nothing of it is read.
    const reads = ({ method, path, takes_json }) => method !== "DELETE" || takes_json || path.includes("{");
    for (const { method, path } of changing().filter(reads)) {
      for (const [name, values] of Object.entries(odd)) {
        for (const value of values) {
          const headers = { "content-type": "application/json", [name]: Buffer.from(value).toString("latin1") };
          const answer = await refused(`${method} ${path} ${name}: ${value}`, at(path), { method, headers, body: "{}" });
          for (const [, told] of answer.headers) assert.ok(!told.includes("💥") && !told.includes("ü"));
        }
      }
    }
  });
});

const ELSEWHERE = [
  "https://evil.example/",
  "//evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/\t/evil.example",
  " //evil.example",
  "javascript:alert(1)",
  "data:text/html,x",
  "/%0d%0aset-cookie:a=b\r\nset-cookie: a=b",
  "/\u2028//evil.example",
  "http:evil.example",
  "/..//evil.example",
];
/** A path of ours, by the rules by which browsers read a Location. */
function ours(location, what) {
  assert.ok(location?.startsWith("/"), `${what}: ${location}`);
  assert.equal(new URL(location, worker.origin).origin, worker.origin, `${what}: ${location}`);
  assert.doesNotMatch(location, /[\r\n\t\\]/, what);
}

describe("an address that came with a link", () => {
  it("leads nowhere but here", async () => {
    for (const next of ELSEWHERE) {
      const query = new URLSearchParams({ next });
      const signedIn = await team.owner.get(`/sign-in?${query}`);
      ours(signedIn.headers.get("location"), `signed in, next=${next}`);
      await signedIn.body?.cancel();
      const { text } = await (async () => {
        const answer = await worker.fetch(`/sign-in?${query}`, { headers: { accept: "text/html" } });
        return { text: await answer.text() };
      })();
      assert.doesNotMatch(text, /action="[^"]*evil\.example/, next);
      const theme = await worker.submit("/preferences/theme", { theme: "dark", back: next });
      ours(theme.headers.get("location"), `theme, back=${next}`);
      await theme.body?.cancel();
    }
    for (const next of ELSEWHERE.slice(0, 4)) {
      const form = { action: "sign_in", email: team.address("member"), password: PASSWORD };
      const answer = await worker.submit(`/sign-in?${new URLSearchParams({ next })}`, form);
      assert.equal(answer.status, 303);
      ours(answer.headers.get("location"), `signing in, next=${next}`);
      await answer.body?.cancel();
    }
  });

  it("that a page of ours has is where a person comes back to, and no header", async () => {
    for (const path of ["/tasks/MONO-1?x=%0d%0aa:b", "/projects/MONO?q=%E2%80%A8%00", "//evil.example/", "/\\evil.example"]) {
      const answer = await worker.fetch(path, { headers: { accept: "text/html" } });
      const to = answer.headers.get("location");
      if (to) ours(to, path);
      assert.equal(answer.headers.get("a"), null);
      await answer.body?.cancel();
    }
  });
});

describe("to every page", () => {
  it("an odd name or query finds a page that says so, or the page", async () => {
    for (const { address } of pages) {
      for (const value of [...PLACES, "MONO-99999999999999999999"]) {
        const path = address.includes("{") ? at(address, value) : `${address}?q=${value}&page=${value}&cursor=${value}`;
        const { status, text } = await team.owner.see(path);
        assert.ok(status < 500, `${path}: ${status}`);
        assert.doesNotMatch(text.replaceAll(/<script[^]*?<\/script>/g, ""), INSIDES, path);
      }
    }
  });
});
