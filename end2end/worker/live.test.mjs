// The live connection: every event once and in order, only to people whose session holds.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { pipeline } from "../support/pipeline.mjs";
import { startRunner } from "../support/runner.mjs";
import { startWorker, until } from "../support/worker.mjs";

const password = "correct horse battery";

describe("a live connection", () => {
  let runner, worker, runs, workspace, user, run, cookie;
  before(async () => {
    runner = await startRunner();
    worker = await startWorker({ vars: runner.vars });
    runs = pipeline(worker);
    const seeded = await runs.seed({ steps: "echo begun; sleep 1; echo done" });
    ({ workspace, user } = seeded);
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
    const hello = (fields) => JSON.stringify({ hello: fields });
    const bad = [
      ["not json", 1008],
      ["x".repeat(5_000), 1009],
      [new Uint8Array([1, 2]), 1008],
      [hello({ cursor: { cursor: 1 }, topics: [] }), 1008],
      [hello({ cursor: 0, topics: [["nested"]] }), 1008],
      ["[".repeat(4_000), 1008],
      // Numbers that D1 doesn't take: the room would read in vain for ever.
      ['{"hello":{"cursor":9007199254740993,"topics":[]}}', 1008],
      ['{"hello":{"cursor":9223372036854775807,"topics":[]}}', 1008],
      ['{"hello":{"cursor":-1,"topics":[]}}', 1008],
      ['{"hello":{"cursor":1e300,"topics":[]}}', 1008],
    ];
    for (const [message, code] of bad) {
      const one = await connect();
      one.socket.send(message);
      const closed = await until((code) => code !== null, async () => one.closed);
      assert.equal(closed, code, String(message).slice(0, 60));
    }
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const said = worker.server.getLogs().map((line) => String(line.message)).join("\n");
    assert.ok(!said.includes("feed_not_read"), "the room reads what can't be read");
    const one = await connect();
    for (let count = 0; count < 60; count += 1) one.say({ hello: { cursor: 0, topics: [] } });
    assert.equal(await until((closed) => closed !== null, async () => one.closed), 1008);
  });

  /** Something happens in the workspace: a task is written. */
  const happen = () => runs.ask("task", { workspace, user, steps: "true" });
  /** A socket that hears everything from the beginning, and no event twice. */
  async function follow(topics = [run]) {
    const one = await connect();
    one.say({ hello: { cursor: 0, topics } });
    await until((events) => events.length > 0, async () => one.events());
    return one;
  }
  const isDense = (numbers) => numbers.every((number, index) => number === index + 1);

  it("outlives its room's sleep, fifty at once, each with who it is (case 9)", async () => {
    const topics = Array.from({ length: 40 }, (_, n) => `run_${n}`.padEnd(64, "x"));
    const all = await Promise.all(Array.from({ length: 50 }, () => follow(topics)));
    const newest = Math.max(...all[0].events().map((event) => event.seq));
    const options = { name: workspace, webSockets: "hibernate" };
    await worker.server.getWorker().evictDurableObject("WEB_SOCKET_ROOM", options);
    await happen();
    for (const one of all) {
      await until((events) => events.at(-1).seq > newest, async () => one.events());
      assert.equal(one.closed, null);
      assert.ok(isDense(one.events().map((event) => event.seq)), "a gap or a double");
      one.socket.close();
    }
  });

  it("goes on without gap or double when its room breaks off in the middle (case 8)", async () => {
    const all = await Promise.all([follow(), follow(), follow()]);
    const numbers = all.map((one) => one.events().map((event) => event.seq));
    await runs.ask("arm", { point: "in_broadcast", trap: true });
    await happen().catch(() => {});
    await until((lines) => lines.includes("fault point reached: in_broadcast"), async () =>
      worker.server.getLogs().map((line) => String(line.message)).join("\n"),
    );
    await happen();
    for (const [index, before] of all.entries()) {
      // As a browser does: what it has counts, and it says so when it comes back.
      const seen = new Set(numbers[index]);
      for (const event of before.events()) seen.add(event.seq);
      const cursor = Math.max(...seen);
      assert.ok(isDense([...seen]), "a gap before");
      before.socket.close();
      const again = await connect();
      again.say({ hello: { cursor, topics: [] } });
      await until((heard) => heard.length > 0, async () => again.heard);
      const after = again.events().map((event) => event.seq);
      assert.ok(isDense([...seen, ...after]), `${[...seen]} then ${after}`);
      const { newest } = again.heard[0].events;
      assert.equal(Math.max(...seen, ...after), newest, "everything there is");
      again.socket.close();
    }
  });

  it("hears nothing of another workspace's run", async () => {
    const other = await runs.seed({ steps: "echo theirs; sleep 1; echo theirs" });
    const [{ run: theirs }] = other.started;
    const one = await follow([theirs]);
    const before = one.events().length;
    await runs.ended(theirs);
    await happen();
    await until((events) => events.length > before, async () => one.events());
    assert.ok(!one.heard.some((message) => message.log_advanced), JSON.stringify(one.heard));
    assert.ok(!JSON.stringify(one.heard).includes(theirs));
    one.socket.close();
  });

  it("asks a database that is at fault once, not each second, and goes on once it isn't", async () => {
    const { DB: db } = await worker.server.getWorker().getEnv();
    await db.prepare("ALTER TABLE members RENAME TO elsewhere").run();
    const one = await connect().catch(() => null);
    assert.equal(one, null, "nobody is let in meanwhile");
    await db.prepare("ALTER TABLE elsewhere RENAME TO members").run();
    const open = await connect();
    await db.prepare("ALTER TABLE members RENAME TO elsewhere").run();
    worker.server.clearLogs();
    try {
      open.say({ hello: { cursor: 0, topics: [] } });
      await new Promise((resolve) => setTimeout(resolve, 2_500));
    } finally {
      await db.prepare("ALTER TABLE elsewhere RENAME TO members").run();
    }
    const lines = worker.server.getLogs().map((log) => String(log.message));
    assert.equal(lines.filter((line) => line.includes("database_fault")).length, 1);
    await happen();
    await until((events) => events.length > 0, async () => open.events());
    open.socket.close();
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
