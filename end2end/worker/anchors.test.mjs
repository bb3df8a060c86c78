// The log's anchors: made by the cron in R2, and what they find out.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startWorker } from "../support/worker.mjs";

const CHAIN_SECRET = "a-secret-that-the-database-never-sees";

describe("the log's anchors", () => {
  let worker;
  before(async () => {
    worker = await startWorker({ vars: { CHAIN_SECRET } });
  });
  after(() => worker?.close());

  async function ask(hook, fields) {
    const answer = await worker.hook(hook, { body: new URLSearchParams(fields) });
    const text = await answer.text();
    assert.ok(answer.ok, `${hook}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }
  const open = (name) =>
    ask("workspaces", {
      workspace: name,
      name: "Ada",
      email: `${name.toLowerCase()}@example.org`,
      password: "correct horse battery",
    });
  const sweep = () => worker.hook("pipeline/sweep", { body: "{}" });

  it("cover what was written, grow with it, and tell a rewritten body", async () => {
    const { workspace } = await open("Anchored");
    const unanchored = await ask("verify", { workspace });
    assert.deepEqual(unanchored, { anchored: 0, differences: [] });
    await sweep();
    const first = await ask("verify", { workspace });
    assert.deepEqual(first.differences, []);
    assert.ok(first.anchored >= 2, `anchored up to ${first.anchored}`);
    await ask("members", {
      workspace,
      name: "Ben",
      email: "ben@example.org",
      password: "correct horse battery",
      role: "member",
    });
    await sweep();
    const second = await ask("verify", { workspace });
    assert.deepEqual(second.differences, []);
    assert.equal(second.anchored, first.anchored + 1);
    await ask("tamper", { workspace, seq: second.anchored, from: "Ben", to: "Eve" });
    const tampered = await ask("verify", { workspace });
    assert.deepEqual(
      tampered.differences.map(({ difference, seq }) => [difference, seq]),
      [["chain", second.anchored]],
    );
  });

  it("don't mind each other", async () => {
    const [one, other] = [await open("One"), await open("Other")];
    await sweep();
    await ask("tamper", { workspace: one.workspace, seq: 1, from: "One", to: "Won" });
    assert.equal((await ask("verify", one)).differences.length, 1);
    assert.deepEqual((await ask("verify", other)).differences, []);
  });
});

describe("without a secret", () => {
  let worker;
  before(async () => {
    worker = await startWorker();
  });
  after(() => worker?.close());

  it("the sweep says so and anchors nothing", async () => {
    await worker.hook("pipeline/sweep", { body: "{}" });
    const said = worker.server.getLogs().map((line) => String(line.message)).join("\n");
    assert.ok(said.includes("CHAIN_SECRET isn't set"), said);
  });
});
