// Pages of other sites: those that a workspace allows by name may use its API with its keys, and nobody's
// cookies; no other page reads a byte.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { exchange, makeKey, madeUpKey } from "../support/credentials.mjs";
import { done } from "../support/project.mjs";
import { makeTeam, seenOf } from "../support/visitor.mjs";
import { startWorker } from "../support/worker.mjs";

const SETTINGS = "/settings/workspace";
const OURS = ["https://app.ours.example", "https://tool.ours.example:8443"];
const THEIRS = "https://app.theirs.example";
const STRANGERS = [
  ...["https://evil.example", "null", "https://app.ours.example.evil.example", "https://ours.example"],
  ...["http://app.ours.example", "https://app.ours.example:444", "https://tool.ours.example", "*", "file://"],
  ...["https://app.ours.example/", "HTTPS://APP.OURS.EXAMPLE", "https://app.ours.example https://evil.example"],
  ...["https://%61pp.ours.example", "https://user@app.ours.example", "app.ours.example", "' OR 1=1 --"],
];

let worker, db, ours, theirs, key, theirKey;
before(async () => {
  worker = await startWorker();
  ({ DB: db } = await worker.server.getWorker().getEnv());
  ours = await makeTeam(worker, "ours", []);
  theirs = await makeTeam(worker, "theirs", []);
  await allow(ours, OURS);
  await allow(theirs, [THEIRS]);
  await done(ours.owner.send("/projects/new", { action: "create", name: "Ours", key: "OURS" }));
  [key, theirKey] = [await makeKey(worker, ours.owner), await makeKey(worker, theirs.owner)];
});
after(() => worker?.close());

/** Lets pages of these origins in, in the workspace's settings. */
async function allow(team, origins) {
  const seen = seenOf((await team.owner.see(SETTINGS)).text);
  await done(team.owner.send(SETTINGS, { action: "origins", origins: origins.join("\n"), seen }));
}

async function ask(origin, { method = "GET", path = "/me", headers = {}, body } = {}) {
  const from = { origin, "sec-fetch-site": "cross-site" };
  const answer = await worker.fetch(`/api/v1${path}`, { method, body, headers: { ...from, ...headers } });
  const text = await answer.text();
  const cors = [...answer.headers.keys()].filter((name) => name.startsWith("access-control-")).sort();
  return { status: answer.status, headers: answer.headers, cors, text };
}

const preflight = (origin, path = "/projects/OURS/tasks", method = "POST") =>
  ask(origin, {
    method: "OPTIONS",
    path,
    headers: {
      "access-control-request-method": method,
      "access-control-request-headers": "authorization, content-type",
    },
  });
const by = (credential) => ({ authorization: `Bearer ${credential}` });
const vary = ({ headers }) => headers.get("vary").toLowerCase().split(/, */).includes("origin");

/** Nothing lets a page of that origin read this. */
function unreadable(answer, what) {
  assert.deepEqual(answer.cors, [], what);
  assert.ok(vary(answer), `${what}: no cache may give it to another page`);
}

/** A page of that very origin may read this, and sends no cookies for it. */
function readable(answer, origin) {
  assert.equal(answer.headers.get("access-control-allow-origin"), origin);
  assert.deepEqual(answer.cors, ["access-control-allow-origin", "access-control-expose-headers"]);
  for (const name of ["etag", "link", "location", "retry-after", "ratelimit", "x-request-id"]) {
    assert.ok(answer.headers.get("access-control-expose-headers").split(/, */).includes(name), name);
  }
  assert.ok(vary(answer));
}

describe("a preflight", () => {
  it("from an origin that some workspace allows tells what may be sent", async () => {
    for (const origin of [...OURS, THEIRS]) {
      const answer = await preflight(origin);
      assert.deepEqual([answer.status, answer.text], [204, ""]);
      assert.deepEqual(answer.cors, [
        ...["access-control-allow-headers", "access-control-allow-methods", "access-control-allow-origin"],
        "access-control-max-age",
      ]);
      assert.equal(answer.headers.get("access-control-allow-origin"), origin);
      assert.equal(answer.headers.get("access-control-allow-methods"), answer.headers.get("allow"));
      const may = answer.headers.get("access-control-allow-headers").split(/, */);
      for (const name of ["authorization", "content-type", "if-match", "idempotency-key"]) assert.ok(may.includes(name));
      assert.ok(!may.includes("cookie") && !may.includes("*"));
      assert.ok(vary(answer));
    }
  });

  it("from any other is told nothing, for no operation", async () => {
    for (const origin of STRANGERS) unreadable(await preflight(origin), origin);
    const operations = await (await worker.hook("operations")).json();
    for (const { method, path } of operations) {
      const at = path.replace("/api/v1", "").replaceAll(/\{\w+\}/g, "OURS");
      const answer = await preflight("https://evil.example", at, method);
      assert.equal(answer.status, 204, `${method} ${at}`);
      unreadable(answer, `${method} ${at}`);
      assert.ok(answer.headers.get("allow").includes(method), at);
    }
    assert.equal((await preflight(OURS[0], "/nowhere")).status, 404);
  });
});

describe("a request with a key", () => {
  it("is read by pages that its workspace allows, also where it is refused", async () => {
    const credentials = [key.text, await exchange(worker, key.text)];
    for (const origin of OURS) {
      for (const credential of credentials) {
        const headers = by(credential);
        const json = { ...headers, "content-type": "application/json" };
        for (const [status, asked] of [
          [200, { headers }],
          [200, { headers, method: "HEAD" }],
          [404, { headers, path: "/projects/NOBODY" }],
          [400, { headers, path: "/projects?limit=0" }],
          [422, { headers: json, method: "POST", path: "/projects", body: "{}" }],
          [201, { headers: json, method: "POST", path: "/projects/OURS/tasks", body: '{"title":"From a page"}' }],
        ]) {
          const answer = await ask(origin, asked);
          assert.equal(answer.status, status, `${origin} ${asked.path}: ${answer.text}`);
          readable(answer, origin);
        }
      }
    }
  });

  it("is read by no page that another workspace allows, and by no other", async () => {
    for (const origin of [THEIRS, ...STRANGERS]) {
      for (const path of ["/me", "/projects/OURS", "/projects/NOBODY"]) {
        unreadable(await ask(origin, { path, headers: by(key.text) }), `${origin} ${path}`);
      }
    }
    for (const origin of OURS) unreadable(await ask(origin, { headers: by(theirKey.text) }), origin);
    readable(await ask(THEIRS, { headers: by(theirKey.text) }), THEIRS);
  });

  it("that doesn't hold is told so to pages that somebody allows, and to no other", async () => {
    for (const credential of [madeUpKey(), "mt_no", "a.b.c"]) {
      for (const origin of [...OURS, THEIRS]) {
        const answer = await ask(origin, { headers: by(credential) });
        assert.equal(answer.status, 401);
        // What can be seen not to hold is refused before anybody is asked who may read it.
        if (answer.cors.length > 0) readable(answer, origin);
        assert.ok(!answer.cors.includes("access-control-allow-credentials"));
      }
      unreadable(await ask("https://evil.example", { headers: by(credential) }), credential);
    }
  });
});

describe("a session", () => {
  it("is worth nothing to a page of another site, allowed or not", async () => {
    const count = () => db.prepare("SELECT COUNT(*) AS n FROM tasks").first("n");
    const before = await count();
    for (const origin of [...OURS, THEIRS, ...STRANGERS]) {
      const headers = { cookie: ours.owner.cookie };
      unreadable(await ask(origin, { headers }), origin);
      unreadable(await ask(origin, { headers, path: "/projects/OURS" }), origin);
      const json = { ...headers, "content-type": "application/json" };
      const written = await ask(origin, { headers: json, method: "POST", path: "/projects/OURS/tasks", body: '{"title":"x"}' });
      assert.deepEqual([written.status, written.cors], [403, []], origin);
    }
    assert.equal(await count(), before);
  });

  it("beside a key changes nothing of what the key may", async () => {
    const cookie = ours.owner.cookie;
    const answer = await ask(THEIRS, { headers: { ...by(theirKey.text), cookie }, path: "/projects/OURS" });
    assert.equal(answer.status, 404);
    readable(answer, THEIRS);
  });
});

describe("the list of origins", () => {
  it("takes whole origins only", async () => {
    for (const origins of ["*", "null", "https://*.example", "https://a.example/path", "ftp://a.example", "a.example"]) {
      const seen = seenOf((await ours.owner.see(SETTINGS)).text);
      const answer = await ours.owner.send(SETTINGS, { action: "origins", origins, seen });
      assert.equal(answer.status, 422, origins);
    }
    readable(await ask(OURS[0], { headers: by(key.text) }), OURS[0]);
  });

  it("holds from the next request on", async () => {
    await allow(ours, [OURS[1]]);
    unreadable(await ask(OURS[0], { headers: by(key.text) }), "taken off the list");
    unreadable(await preflight(OURS[0]), "taken off the list");
    readable(await ask(OURS[1], { headers: by(key.text) }), OURS[1]);
    await allow(ours, OURS);
    readable(await ask(OURS[0], { headers: by(key.text) }), OURS[0]);
  });
});
