// What every answer carries, whatever it answers.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startWorker } from "../support/worker.mjs";

let worker;
before(async () => {
  worker = await startWorker();
});
after(() => worker.close());

const EVERYWHERE = {
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "private, no-store",
};

/** A page that is there whoever asks, and whatever the database holds. */
const PAGE = "/there/is/nothing";

const REQUESTS = [
  ["/", {}],
  ["/", { method: "HEAD" }],
  ["/there/is/nothing", {}],
  ["/", { method: "POST" }],
  ["/health", {}],
  ["/api/nothing", {}],
  ["/fn/nothing", {}],
  ["/preferences/theme", {}],
  ["/__test/trap", {}],
];

describe("security headers", () => {
  for (const [path, init] of REQUESTS) {
    it(`${init.method ?? "GET"} ${path}`, async () => {
      const answer = await worker.fetch(path, init);
      for (const [name, value] of Object.entries(EVERYWHERE)) {
        assert.equal(answer.headers.get(name), value, name);
      }
      assert.match(answer.headers.get("permissions-policy"), /camera=\(\)/);
      assert.match(answer.headers.get("content-security-policy"), /default-src 'none'/);
      assert.match(answer.headers.get("x-request-id"), /^[0-9a-f]{32}$/);
      await answer.body?.cancel();
    });
  }

  it("tells a browser to stay with TLS where there is TLS, and not on plain http", async () => {
    assert.equal((await worker.fetch("/health")).headers.get("strict-transport-security"), null);
    const deployed = await startWorker({ vars: { PUBLIC_ORIGIN: "https://monotask.example" } });
    try {
      const answer = await deployed.fetch("/health");
      assert.match(answer.headers.get("strict-transport-security"), /^max-age=31536000/);
    } finally {
      await deployed.close();
    }
  });
});

describe("the content security policy", () => {
  it("has a nonce of its own in each of 50 responses, and every script of the page carries it", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => worker.fetch(PAGE)));
    const nonces = new Set();
    for (const answer of answers) {
      const policy = answer.headers.get("content-security-policy");
      const [, nonce] = policy.match(/script-src 'nonce-([0-9a-f]{32})' 'strict-dynamic'/);
      nonces.add(nonce);
      const scripts = [...(await answer.text()).matchAll(/<script[^>]*>/g)].map(([tag]) => tag);
      assert.ok(scripts.length > 0);
      for (const tag of scripts) assert.ok(tag.includes(`nonce="${nonce}"`), tag);
      assert.ok(!policy.includes("unsafe-inline") && !policy.includes("'unsafe-eval'"));
    }
    assert.equal(nonces.size, 50);
  });

  it("is never broken by a page itself: no inline styles, no inline handlers", async () => {
    const page = await (await worker.fetch(PAGE)).text();
    assert.ok(!/<style|\sstyle=|\son[a-z]+=/.test(page));
  });
});

describe("request ids", () => {
  it("are ours: one from outside is not taken", async () => {
    const answer = await worker.fetch("/", { headers: { "x-request-id": "f".repeat(32) } });
    const id = answer.headers.get("x-request-id");
    assert.notEqual(id, "f".repeat(32));
    await answer.body?.cancel();
  });

  it("stand in exactly one line of the log", async () => {
    worker.server.clearLogs();
    const answer = await worker.fetch("/there/is/nothing?secret=1");
    const id = answer.headers.get("x-request-id");
    await answer.text();
    const lines = worker.server
      .getLogs()
      .map((log) => String(log.message))
      .filter((message) => message.includes(id));
    assert.equal(lines.length, 1);
    const line = JSON.parse(lines[0]);
    assert.equal(line.event, "request");
    assert.equal(line.method, "GET");
    assert.equal(line.path, "/there/is/nothing", "the query may hold secrets and is not kept");
    assert.equal(line.status, 404);
    assert.equal(typeof line.ms, "number");
  });
});
