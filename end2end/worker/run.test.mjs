// A run for real: queue, lease, sandbox, log, evidence and gate, on real workerd with the real runner.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { bomb, climbing, linking, noArchive } from "../support/archives.mjs";
import { pipeline } from "../support/pipeline.mjs";
import { startRunner } from "../support/runner.mjs";
import { USELESS_STEP } from "../support/sample_repository.mjs";
import { startWorker, until } from "../support/worker.mjs";

const POISON = "poison";
// Case 21: a job that only a later version knows.
const FROM_A_LATER_VERSION = JSON.stringify({
  version: 2,
  outbox: "out_00000000000000000000000001",
  job: { job: "fold_run", run: "run_00000000000000000000000001" },
});

// A sandbox that this Worker's database doesn't know.
const OF_ANOTHER = "sbx_00000000000000000000000001";
const LIMITS = {
  wall_ms: 60_000,
  cpu_ms: 60_000,
  memory_bytes: 64 << 20,
  processes: 16,
  file_bytes: 1 << 20,
  disk_bytes: 8 << 20,
  output_bytes: 1 << 20,
};

describe("a run", () => {
  let runner, worker, runs;
  before(async () => {
    runner = await startRunner();
    const limits = {
      SANDBOX_WALL_SECONDS: "10",
      SANDBOX_MEMORY_MB: "128",
      SANDBOX_DISK_MB: "48",
      SANDBOX_PROCESSES: "64",
    };
    const vars = { ...runner.vars, ...limits, LEASE_SECONDS: "9", RUN_SLOTS: "2" };
    worker = await startWorker({ vars });
    runs = pipeline(worker);
    const made = await runner.call("PUT", `sandboxes/${OF_ANOTHER}`, { limits: LIMITS });
    assert.equal(made.status, 200, await made.text());
    // Retried for about a minute before they are given up: looked at by the last test.
    await runs.ask("queue", { queue: "AGENT_EXECUTION", bodies: [POISON, FROM_A_LATER_VERSION] });
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
    const diff = end.evidence.find((file) => file.kind === "diff");
    const { text } = await runs.ask("object", { sha256: diff.sha256 });
    assert.ok(text.includes("-echo \"Helo,") && text.includes("+echo \"Hello,"), text);
    assert.ok(!text.includes("junit.xml"), "what the gate's command wrote is no part of the change");
    const log = await runs.ask("log", { run });
    assert.equal(log.complete, true);
    assert.deepEqual(log.lines.map((line) => line.n), log.lines.map((_, index) => index + 1));
    assert.ok(log.lines.some((line) => line.text === "0 failed" && line.stream === "stdout"));
    await until((now) => now.sandbox.state.state === "stopped", () => runs.state(run));
    assert.deepEqual((await runner.sandboxes()).map((one) => one.id), [OF_ANOTHER]);
    await assertSound();
  });

  it("that fixes nothing fails its gate, with the reason", async () => {
    const { started } = await runs.seed({ steps: USELESS_STEP });
    const end = await runs.ended(started[0].run);
    assert.equal(end.stored.state, "succeeded");
    assert.equal(end.task.stage, "failed");
    assert.equal(end.task.cause, "gate_not_passed");
  });

  it("of a workspace of one may be approved by that one", async () => {
    const { workspace, user, started } = await runs.seed();
    const [{ run, task }] = started;
    assert.equal((await runs.ended(run)).task.stage, "review");
    await runs.ask("approve", { workspace, user, task });
    assert.equal((await runs.state(run)).task.stage, "done");
  });

  it("without a readable test report fails its gate, and says what is wrong", async () => {
    const report = (write) => runs.seed({ steps: `mkdir -p reports; ${write}`, commands: "true" });
    const expected = [
      ["true", { finding: "report_missing" }],
      [": > reports/a.xml", { finding: "report_unreadable", path: "reports/a.xml", problem: "empty" }],
      [
        "echo '<testsuite><testcase' > reports/a.xml",
        { finding: "report_unreadable", path: "reports/a.xml", problem: "malformed" },
      ],
      ["echo '<testsuite/>' > reports/a.xml", { finding: "no_tests" }],
    ];
    for (const [write, finding] of expected) {
      const { started } = await report(write);
      const end = await runs.ended(started[0].run);
      assert.equal(end.task.cause, "gate_not_passed", JSON.stringify(end));
      const states = end.validations.map((one) => JSON.parse(one.state));
      const failed = states.find((state) => state.state === "failed");
      assert.deepEqual(failed.finding, finding, JSON.stringify(states));
    }
  });

  it("whose source is hostile is refused, with the reason (case 66)", async () => {
    for (const [source, detail] of [
      [noArchive(), /no tar archive/],
      [climbing(), /absolute or holds \.\./],
      [linking(), /leads out of it/],
      [bomb(60 << 20), /expands past the sandbox's disk/],
    ]) {
      const { started } = await runs.seed({ source: source.toString("hex") });
      const end = await runs.ended(started[0].run);
      assert.equal(end.stored.reason?.reason, "source_rejected", JSON.stringify(end.stored));
      assert.match(end.stored.reason.detail, detail);
      assert.equal(end.retries.length, 0, "trying again can't help");
    }
  });

  it("that wants more than it may is ended, and says of what", async () => {
    const memory = "perl -e 'my @a; push @a, \"x\" x 10000000 while 1'";
    const forks = "b() { b | b & }; while :; do b; done 2>/dev/null; while :; do :; done";
    for (const [steps, expected] of [
      [memory, { reason: "limit_exceeded", step: 1, limit: "memory" }],
      ["head -c 100000000 /dev/zero > big", { reason: "limit_exceeded", step: 1, limit: "disk" }],
      ["while :; do sleep 0.1; done", { limit_ms: 10_000 }],
      [forks, undefined],
      ["for i in $(seq 200); do sleep 5 & done || exit 9; wait; exit 9", { reason: "limit_exceeded", step: 1, limit: "processes" }],
    ]) {
      const began = Date.now();
      const { started } = await runs.seed({ steps });
      const end = await runs.ended(started[0].run, 25_000);
      const what = end.stored.reason ?? { limit_ms: end.stored.limit_ms };
      if (expected) assert.deepEqual(what, expected, JSON.stringify(end.stored));
      else assert.ok(["timed_out", "failed"].includes(end.stored.state), JSON.stringify(end.stored));
      assert.ok(Date.now() - began < 20_000, `${steps}: ${Date.now() - began} ms`);
    }
    await assertSound();
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

  it("waits for a slot and gets it when one is free, and never are there too many", async () => {
    const { workspace, started } = await runs.seed({ steps: "sleep 1", runs: 6 });
    let [isOver, most] = [false, 0];
    const watching = (async () => {
      while (!isOver) {
        most = Math.max(most, (await runs.ask("leases", { workspace })).alive);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    })();
    const ended = Promise.all(started.map(({ run }) => runs.ended(run, 60_000)));
    const ends = await ended.finally(() => (isOver = true));
    await watching;
    for (const end of ends) assert.equal(end.stored.state, "succeeded");
    assert.equal(most, 2, "RUN_SLOTS leases at most, and all of them used");
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

  it("goes on when its objects are evicted and their alarms come again (case 11)", async () => {
    const { started } = await runs.seed({ steps: "echo begun; sleep 3; echo done" });
    const [{ run }] = started;
    const { sandbox } = await runs.reaches(run, "running");
    const message = JSON.stringify({
      outbox: "out_00000000000000000000000000",
      job: { job: "execute_run", run },
    });
    // One that has gone by itself is awake again at its next alarm.
    const isAsleep = (error) => /not currently running/.test(error.message);
    const evict = () =>
      worker.server
        .getWorker()
        .evictDurableObject("SANDBOX_LIFECYCLE", { name: sandbox.id })
        .then(() => true, (error) => !isAsleep(error) && Promise.reject(error));
    for (let time = 0; time < 3; time += 1) {
      await until(Boolean, evict);
      // In hand already: the object is told to drive once more, which is one alarm more.
      await runs.ask("queue", { queue: "AGENT_EXECUTION", bodies: [message, message] });
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    const end = await runs.ended(run);
    assert.equal(end.stored.state, "succeeded", JSON.stringify(end.stored));
    const texts = (await runs.lines(run)).map((line) => line.text);
    assert.equal(texts.filter((text) => text === "begun").length, 1);
    assert.equal(texts.filter((text) => text === "done").length, 1);
    await assertSound();
  });

  it("is effected once, however often and in what order its messages come (15, 16)", async () => {
    const { started } = await runs.seed();
    const [{ run }] = started;
    const outbox = "out_00000000000000000000000000";
    const message = (job) => JSON.stringify({ outbox, job: { job, run } });
    const send = (bodies) => runs.ask("queue", { queue: "AGENT_EXECUTION", bodies });
    // A message to stop that comes first, of a run that nobody asked to stop, stops nothing.
    await send([message("cancel_run")]);
    await Promise.all(Array.from({ length: 5 }, () => send([message("execute_run")])));
    const end = await runs.ended(run);
    assert.equal(end.stored.state, "succeeded", JSON.stringify(end.stored));
    await send([message("execute_run"), message("cancel_run")]);
    assert.equal(end.events.filter((event) => event.name === "run_claimed").length, 1);
    await assertSound();
  });

  it("cancelled before its turn never starts (16)", async () => {
    const { workspace, user, started } = await runs.seed({ steps: "sleep 2", runs: 3 });
    const [, , { run }] = started;
    await runs.ask("cancel", { workspace, user, run });
    const end = await runs.ended(run);
    assert.equal(end.stored.state, "cancelled");
    for (const other of started.slice(0, 2)) {
      assert.equal((await runs.ended(other.run)).stored.state, "succeeded");
    }
    const names = (await runs.state(run)).events.map((event) => event.name);
    assert.ok(!names.includes("run_started"), names.join());
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

  it("is untouched by what nobody understands, which is kept exactly once (17, 18, 19, 21)", async () => {
    // Case 19: what keeps a dead letter breaks off, and is tried again.
    await runs.ask("arm", { point: "before_dead_letter", trap: true });
    await runs.ask("queue", { queue: "TASK_PROCESSING", bodies: ["poison of tasks"] });
    const bodies = ["poison of tasks", POISON, FROM_A_LATER_VERSION];
    const count = (letters, body) => letters.filter((letter) => letter.body === body).length;
    const isKept = ({ dead_letters: letters }) => bodies.every((body) => count(letters, body) > 0);
    const { dead_letters: letters } = await until(isKept, runs.integrity, 120_000);
    const said = worker.server.getLogs().map((line) => String(line.message)).join("\n");
    assert.ok(said.includes("fault point reached: before_dead_letter"), "it never trapped");
    for (const body of bodies) assert.equal(count(letters, body), 1, body);
    assert.equal(letters.length, bodies.length, "nothing of ours is among them");
  });

  it("takes down no sandbox of another deployment on the same runner", async () => {
    const before = await runner.sandboxes();
    const other = before.find((one) => one.id === OF_ANOTHER);
    assert.ok(Date.now() - other.created_at_ms > 60_000, "old enough to be taken for an orphan");
    await runs.ask("sweep");
    assert.ok((await runner.sandboxes()).some((one) => one.id === OF_ANOTHER));
  });
});
