// The guard around every kind of call: alarms, sockets, queues, work that goes on by itself.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { startWorker, until, within } from "../support/worker.mjs";

/** A module with one exported function, `trap`, that does nothing but trap. */
const TRAP = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00], // one type: () -> ()
  ...[0x03, 0x02, 0x01, 0x00], // one function of it
  ...[0x07, 0x08, 0x01, 0x04, 0x74, 0x72, 0x61, 0x70, 0x00, 0x00], // exported as "trap"
  ...[0x0a, 0x05, 0x01, 0x03, 0x00, 0x00, 0x0b], // its body: unreachable
);

let worker;
before(async () => {
  writeFileSync(new URL("fixture/trap.wasm", import.meta.url), TRAP);
  worker = await startWorker({
    config: "end2end/worker/fixture/wrangler.toml",
    vars: { PUBLIC_ORIGIN: "https://monotask.example/" },
    migrated: false,
  });
});
after(() => worker.close());

describe("the guard", () => {
  for (const how of ["microtask", "promise", "timer"]) {
    it(`answers every call when work that nobody awaits traps in a ${how}`, async () => {
      const object = worker.fetch("/wait");
      await new Promise((resolve) => setTimeout(resolve, 100));
      const caller = worker.fetch(`/trap-in-passing?how=${how}`);
      for (const answer of await within(2_000, Promise.all([object, caller]))) {
        assert.equal(answer.status, 503);
        await answer.body?.cancel();
      }
    });
  }

  it("treats a stack that ran out as the end of the instance", async () => {
    const answer = await within(3_000, worker.fetch("/overflow"));
    assert.equal(answer.status, 503);
    await answer.body?.cancel();
  });

  it("lets nothing through that carries no request id", async () => {
    const answer = await worker.fetch("/plain-error");
    assert.equal(answer.status, 503);
    assert.match(answer.headers.get("strict-transport-security"), /^max-age=31536000/);
    assert.doesNotMatch(await answer.text(), /INTERNAL/);
  });

  it("lets the platform call an alarm again that trapped", async () => {
    await (await worker.fetch("/set-alarm")).text();
    const ask = async () => (await worker.fetch("/")).json();
    const { alarms } = await until(({ alarms }) => alarms >= 2, ask, 15_000);
    assert.equal(alarms, 2, "once trapped, once done");
  });

  it("closes a socket whose message trapped, and no other", async () => {
    const open = async () => {
      const answer = await worker.fetch("/socket", {
        headers: { upgrade: "websocket", origin: worker.origin },
      });
      assert.equal(answer.status, 101);
      answer.webSocket.accept();
      return answer.webSocket;
    };
    const [poisoned, neighbour] = [await open(), await open()];
    const closed = new Promise((resolve) => poisoned.addEventListener("close", resolve));
    poisoned.send("trap");
    assert.equal((await within(3_000, closed)).code, 1013);
    const echo = new Promise((resolve) => neighbour.addEventListener("message", resolve));
    neighbour.send("hello");
    assert.equal((await within(3_000, echo)).data, "echo hello");
    neighbour.close(1000, "done");
  });

  it("lets a message that traps take no neighbour with it", async () => {
    const bodies = ["a", "b", "poison", "c", "d"].map((body) => `body=${body}`).join("&");
    await (await worker.fetch(`/send?${bodies}`)).text();
    const ask = async () => (await worker.fetch("/seen")).json();
    const seen = await until((seen) => seen["fixture-dead:poison"] >= 1, ask, 40_000);
    assert.equal(seen["fixture:poison"], 3, "once with the others, then alone until its retries end");
    for (const body of ["a", "b"]) assert.equal(seen[`fixture:${body}`], 1, "acknowledged before");
    for (const body of ["c", "d"]) {
      assert.equal(seen[`fixture:${body}`], 1, "not reached by the first delivery, done by the next");
      assert.equal(seen[`fixture-dead:${body}`], undefined);
    }
  });
});
