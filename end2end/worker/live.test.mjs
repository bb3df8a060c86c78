// The live connection: every event once and in order, only to people whose session holds.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { pipeline } from "../support/pipeline.mjs";
import { startRunner } from "../support/runner.mjs";
import { startWorker, until } from "../support/worker.mjs";

const password = "correct horse battery";

describe("a live connection", () => {
  let runner, worker, runs, workspace, run, cookie;
  before(async () => {
    runner = await startRunner();
    worker = await startWorker({ vars: runner.vars });
    runs = pipeline(worker);
    const seeded = await runs.seed({ steps: "echo begun; sleep 1; echo done" });
    workspace = seeded.workspace;
    run = seeded.started[0].run;
    const person = { workspace, name: "Vera", email: "vera@example.org", password, role: "member" };
    const made = await worker.hook("members", { body: new URLSearchParams(person) });
    assert.equal(made.status, 201, await made.text());
    const fields = { action: "sign_in", email: person.email, password };
    const signedIn = await worker.submit("/sign-in", fields);
    assert.equal(signedIn.status, 303, await signedIn.text());
    cookie = signedIn.headers.get("set-cookie").split(";")[0];
  });
  after(async () => {
    await worker?.close();
    await runner?.close();
  });

  /** A socket, everything it heard, and the code it was closed with. */
  async function connect(headers = {}) {
    const url = `${worker.origin.replace("http", "ws")}/live`;
    const socket = new WebSocket(url, { headers: { cookie, origin: worker.origin, ...headers } });
    const heard = [];
    const one = { socket, heard, closed: null, say: (what) => socket.send(JSON.stringify(what)) };
    one.events = () => heard.flatMap((message) => message.events?.events ?? []);
    socket.onmessage = (message) => heard.push(JSON.parse(message.data));
    socket.onclose = (event) => (one.closed = event.code);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("refused"));
    });
    return one;
  }

  it("sends what was missed and what happens, in order and without a gap", async () => {
    const one = await connect();
    one.say({ hello: { cursor: 0, topics: [run] } });
    await runs.ended(run);
    const last = () => one.events().some((event) => event.name === "run_ended");
    await until(Boolean, async () => last());
    const numbers = one.events().map((event) => event.seq);
    assert.deepEqual(numbers, numbers.map((_, index) => index + 1));
    assert.ok(one.heard.some((message) => message.log_advanced?.run === run));
    one.socket.send("ping");
    await until(Boolean, async () => one.heard.some((message) => message.pong?.newest > 0));
    one.socket.close();
  });

  it("resumes from its cursor", async () => {
    const one = await connect();
    one.say({ hello: { cursor: 4, topics: [] } });
    await until((events) => events.length > 0, async () => one.events());
    assert.equal(one.events()[0].seq, 5);
    one.socket.close();
  });

  it("is closed on garbage, on long messages and on floods", async () => {
    const bad = [["not json", 1008], ["x".repeat(5_000), 1009], [new Uint8Array([1, 2]), 1008]];
    for (const [message, code] of bad) {
      const one = await connect();
      one.socket.send(message);
      assert.equal(await until((closed) => closed !== null, async () => one.closed), code);
    }
    const one = await connect();
    for (let count = 0; count < 60; count += 1) one.say({ hello: { cursor: 0, topics: [] } });
    assert.equal(await until((closed) => closed !== null, async () => one.closed), 1008);
  });

  it("isn't opened from elsewhere, or by nobody", async () => {
    await assert.rejects(connect({ origin: "https://elsewhere.example" }), /refused/);
    await assert.rejects(connect({ cookie: "" }), /refused/);
  });

  it("ends with its session", async () => {
    const one = await connect();
    one.say({ hello: { cursor: 0, topics: [] } });
    await until((events) => events.length > 0, async () => one.events());
    const out = await worker.submit("/sign-out", { action: "sign_out" }, { cookie });
    assert.equal(out.status, 303);
    const before = one.events().length;
    await runs.ask("sweep");
    assert.equal(await until((closed) => closed !== null, async () => one.closed), 4401);
    assert.equal(one.events().length, before);
  });
});
