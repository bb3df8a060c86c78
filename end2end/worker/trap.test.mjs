// A panic is a trap, and a trap kills the whole instance. Nobody may wait for it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { root, startWorker, within } from "../support/worker.mjs";

describe("a trap in the Worker", () => {
  let worker;
  before(async () => {
    worker = await startWorker();
  });
  after(() => worker.close());

  async function assertAlive() {
    const answer = await within(3_000, worker.fetch("/health"));
    assert.equal(answer.status, 200, await answer.text());
  }

  for (const hook of ["trap", "trap-late"]) {
    it(`${hook}: answers 503 with Retry-After, and the next request works`, async () => {
      const answer = await within(3_000, worker.hook(hook));
      assert.equal(answer.status, 503);
      assert.equal(answer.headers.get("retry-after"), "1");
      assert.match(answer.headers.get("x-request-id"), /^[0-9a-f]{32}$/);
      assert.equal((await answer.json()).code, "unavailable");
      await assertAlive();
    });
  }

  for (const hook of ["trap", "trap-late"]) {
    it(`${hook}: twenty requests in flight are answered at that moment (case 50)`, async () => {
      const waiting = Array.from({ length: 20 }, () => worker.hook("slow/4000"));
      await new Promise((resolve) => setTimeout(resolve, 200));
      const started = Date.now();
      await worker.hook(hook);
      const answers = await within(2_000, Promise.all(waiting));
      assert.ok(Date.now() - started < 2_000);
      for (const answer of answers) {
        assert.equal(answer.status, 503);
        assert.equal(answer.headers.get("retry-after"), "1");
        await answer.body?.cancel();
      }
      await assertAlive();
    });
  }

  it("a body that is still coming breaks off", async () => {
    const streaming = await worker.hook("stream/200", { headers: { "accept-encoding": "identity" } });
    assert.equal(streaming.status, 200);
    const reader = streaming.body.getReader();
    const first = await within(3_000, reader.read());
    assert.match(new TextDecoder().decode(first.value), /^line 0/);
    await worker.hook("trap");
    const rest = (async () => {
      for (;;) if ((await reader.read()).done) return "ended as if it were whole";
    })();
    await assert.rejects(within(2_000, rest), (error) => !/nothing within/.test(error.message));
    await assertAlive();
  });

  it("a body that nobody traps comes whole", async () => {
    const streaming = await worker.hook("stream/5");
    const lines = (await streaming.text()).trim().split("\n");
    assert.equal(lines.length, 20);
  });

  for (const binding of [
    "WEB_SOCKET_ROOM",
    "TASK_COORDINATOR",
    "QUEUE_MANAGER",
    "SANDBOX_LIFECYCLE",
    "RATE_LIMITER",
  ]) {
    it(`${binding}: a trap in the object answers its caller in bounded time`, async () => {
      const answer = await within(3_000, worker.hook(`durable/${binding}/trap`));
      assert.equal(answer.status, 503);
      await answer.body?.cancel();
      await assertAlive();
      const next = await within(3_000, worker.hook(`durable/${binding}/nothing`));
      assert.equal(next.status, 404, "the object is there again, and knows no such command");
      await next.body?.cancel();
    });
  }

  it("leaves its stack in the log, which the names of the build make readable", async () => {
    await worker.hook("trap");
    const lines = worker.server.getLogs().map((line) => String(line.message));
    const trap = lines.filter((line) => line.includes('"event":"trap"')).at(-1);
    const { stack } = JSON.parse(trap.slice(trap.indexOf("{")));
    assert.match(stack, /unreachable/);
    const known = readFileSync(join(root, "server/build/index_bg.names"), "utf8");
    const names = new Map(known.split("\n").map((line) => [Number.parseInt(line, 10), line]));
    const numbers = [...stack.matchAll(/wasm-function\[(\d+)\]/g)].map(([, number]) => +number);
    assert.ok(numbers.length > 2, stack);
    const read = numbers.map((number) => names.get(number));
    assert.ok(read.every(Boolean) && read.some((name) => name.includes("::")), read.join("\n"));
  });

  it("a person sees a page, with the headers of every page", async () => {
    const answer = await worker.hook("trap", { headers: { accept: "text/html" } });
    assert.equal(answer.status, 503);
    assert.match(answer.headers.get("content-type"), /^text\/html/);
    assert.match(answer.headers.get("content-security-policy"), /default-src 'none'/);
    assert.match(answer.headers.get("permissions-policy"), /camera=\(\)/);
    assert.equal(answer.headers.get("strict-transport-security"), null, "not on plain http");
    assert.match(await answer.text(), /Try again in a few seconds/);
    await assertAlive();
  });
});

describe("without the secret", () => {
  it("there are no hooks", async () => {
    const worker = await startWorker({ vars: { TEST_SECRET: "" } });
    try {
      for (const headers of [{}, { "x-test-secret": "" }, { "x-test-secret": "guess" }]) {
        const answer = await worker.server.fetch("/__test/trap", { method: "POST", headers });
        assert.equal(answer.status, 404);
        await answer.body?.cancel();
      }
    } finally {
      await worker.close();
    }
  });
});
