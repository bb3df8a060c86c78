// A run for real: queue, lease, sandbox, log, evidence and gate, on real workerd with the real runner.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { pipeline } from "../support/pipeline.mjs";
import { startRunner } from "../support/runner.mjs";
import { USELESS_STEP } from "../support/sample_repository.mjs";
import { startWorker, until } from "../support/worker.mjs";

describe("a run", () => {
  let runner, worker, runs;
  before(async () => {
    runner = await startRunner();
    worker = await startWorker({ vars: { ...runner.vars, LEASE_SECONDS: "9", RUN_SLOTS: "2" } });
    runs = pipeline(worker);
  });
  after(async () => {
    await worker?.close();
    await runner?.close();
  });

  async function assertSound() {
    const { wrong } = await runs.integrity();
    assert.deepEqual(wrong, []);
  }

  it("fixes a failing test, and its evidence passes the gate up to a person's decision", async () => {
    const { started } = await runs.seed();
    const [{ run }] = started;
    const end = await runs.ended(run);
    assert.equal(end.stored.state, "succeeded", JSON.stringify(end));
    assert.equal(end.task.stage, "review");
    const kinds = end.evidence.map((file) => file.kind).sort();
    assert.deepEqual(kinds, ["diff", "test_report"]);
    const verdicts = end.validations.map((one) => JSON.parse(one.state).state);
    assert.deepEqual(verdicts, ["passed", "passed", "awaiting_review"]);
    const log = await runs.ask("log", { run });
    assert.equal(log.complete, true);
    assert.deepEqual(log.lines.map((line) => line.n), log.lines.map((_, index) => index + 1));
    assert.ok(log.lines.some((line) => line.text === "0 failed" && line.stream === "stdout"));
    await until((now) => now.sandbox.state.state === "stopped", () => runs.state(run));
    assert.deepEqual(await runner.sandboxes(), []);
    await assertSound();
  });

  it("that fixes nothing fails its gate, with the reason", async () => {
    const { started } = await runs.seed({ steps: USELESS_STEP });
    const end = await runs.ended(started[0].run);
    assert.equal(end.stored.state, "succeeded");
    assert.equal(end.task.stage, "failed");
    assert.equal(end.task.cause, "gate_not_passed");
  });

  it("says which step failed", async () => {
    const { started } = await runs.seed({ steps: "true\nexit 7" });
    const end = await runs.ended(started[0].run);
    assert.deepEqual(end.stored.reason, { reason: "step_failed", step: 2, exit_code: 7 });
  });

  it("whose source is gone says so", async () => {
    const source = Buffer.from("# v2 git bundle\nnothing").toString("hex");
    const { started } = await runs.seed({ without_source: true, source });
    const end = await runs.ended(started[0].run);
    assert.equal(end.stored.reason.reason, "source_missing");
  });

  it("stops within 5 s, and keeps what was captured", async () => {
    const { workspace, user, started } = await runs.seed({ steps: "echo begun; sleep 60" });
    const [{ run }] = started;
    const hasBegun = (log) => log.lines.some((line) => line.text === "begun");
    await until(hasBegun, () => runs.ask("log", { run }), 20_000);
    const asked = Date.now();
    await runs.ask("cancel", { workspace, user, run });
    const end = await runs.ended(run, 8_000);
    assert.ok(Date.now() - asked < 5_000, `${Date.now() - asked} ms`);
    assert.equal(end.stored.state, "cancelled");
    assert.equal(end.task.stage, "ready");
    const log = await runs.ask("log", { run });
    assert.ok(log.lines.some((line) => line.text === "begun"));
    await assertSound();
  });

  it("waits for a slot and gets it when one is free", async () => {
    const { started } = await runs.seed({ steps: "sleep 2", runs: 3 });
    const ends = await Promise.all(started.map(({ run }) => runs.ended(run, 40_000)));
    for (const end of ends) assert.equal(end.stored.state, "succeeded");
    await assertSound();
  });

  it("survives a trap in the middle", async () => {
    for (const point of ["after_claim", "after_job", "after_log_chunk", "before_finish"]) {
      await runs.ask("arm", { point, trap: true });
      const { started } = await runs.seed();
      const end = await runs.ended(started[0].run, 40_000);
      const retried = end.retries[0] && (await runs.ended(end.retries[0].id, 40_000));
      assert.equal((retried ?? end).stored.state, "succeeded", `${point}: ${JSON.stringify(end)}`);
      const said = worker.server.getLogs().map((line) => String(line.message)).join("\n");
      assert.ok(said.includes(`fault point reached: ${point}`), `${point} never trapped`);
    }
    await assertSound();
  });

  it("is effected once, however often and late its message comes", async () => {
    const { started } = await runs.seed();
    const [{ run }] = started;
    const outbox = "out_00000000000000000000000000";
    const message = (job) => JSON.stringify({ outbox, job: { job, run } });
    const send = (bodies) => runs.ask("queue", { queue: "AGENT_EXECUTION", bodies });
    const execute = message("execute_run");
    await send([message("cancel_run"), execute, execute, "poison", execute]);
    const end = await runs.ended(run);
    assert.ok(["succeeded", "failed"].includes(end.stored.state), JSON.stringify(end.stored));
    await send([message("execute_run")]);
    await assertSound();
  });

  it("tells when the runner was killed, and is tried once more", async () => {
    const { started } = await runs.seed({ steps: "echo begun; sleep 5" });
    const [{ run }] = started;
    await runs.reaches(run, "running");
    await runner.kill9();
    await runner.restart();
    const end = await runs.ended(run, 40_000);
    assert.ok(["failed", "lost"].includes(end.stored.state), JSON.stringify(end.stored));
    assert.equal(end.retries.length, 1);
    const again = await runs.ended(end.retries[0].id, 40_000);
    assert.equal(again.stored.state, "succeeded", JSON.stringify(again.stored));
    await assertSound();
  });
});
