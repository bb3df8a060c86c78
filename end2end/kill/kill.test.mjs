// Kill -9 of the runner, of the Worker's whole runtime, and of both, at enumerated points of a run's
// way (catalogue cases 1 to 7). Whatever was killed, after a restart on the same state every run has
// ended, every slot is free and no event or line is lost or doubled. `MONOTASK_KILL_ROUNDS=3` goes
// round more than once.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { pipeline } from "../support/pipeline.mjs";
import { startRunner } from "../support/runner.mjs";
import { root, secret, until } from "../support/worker.mjs";

// A step long enough for a lease to be renewed under it, and one long enough to be cancelled in.
const RENEWED = { seconds: 2.5 };
const CANCELLED = { seconds: 20, cancel: true };
const POINTS = [
  ["before_commit_run_queued", "worker"],
  ["after_commit_run_queued", "worker"],
  ["before_send", "worker"],
  ["after_send", "worker"],
  ["after_mark", "both"],
  ["before_claim", "worker"],
  ["before_commit_run_claimed", "worker"],
  ["after_commit_run_claimed", "both"],
  ["after_claim", "worker"],
  ["after_watch", "worker"],
  ["after_drive", "worker"],
  ["before_confirm", "both"],
  ["after_confirm", "worker"],
  ["before_provision", "runner"],
  ["after_provision", "worker"],
  ["before_source", "both"],
  ["after_source", "runner"],
  ["before_job", "runner"],
  ["after_job", "worker"],
  ["before_commit_run_started", "worker"],
  ["after_commit_run_started", "worker"],
  ["after_started", "both"],
  ["before_renew", "worker", RENEWED],
  ["after_renew", "worker", RENEWED],
  ["before_log_chunk", "worker"],
  ["after_log_chunk", "runner"],
  ["before_acknowledge", "worker"],
  ["after_acknowledge", "both"],
  ["before_commit_run_cancel_requested", "worker", CANCELLED],
  ["after_commit_run_cancel_requested", "worker", CANCELLED],
  ["before_cancel", "runner", CANCELLED],
  ["before_results", "runner"],
  ["before_upload", "worker"],
  ["after_upload", "both"],
  ["before_finish", "worker"],
  ["before_commit_run_ended", "both"],
  ["after_commit_run_ended", "worker"],
  ["after_finish", "worker"],
  ["before_cleanup", "both"],
  ["after_cleanup", "runner"],
  ["before_commit_sandbox_moved", "worker"],
  ["after_settle", "worker"],
];
// After so many kills everything must come to rest.
const GROUP = 11;
const rounds = Number(process.env.MONOTASK_KILL_ROUNDS ?? 1);
const state = mkdtempSync(join(tmpdir(), "monotask-kill-"));
const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
let runner, worker;

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function run(args, options = {}) {
  return spawn(process.execPath, [wrangler, ...args], {
    cwd: root,
    stdio: "ignore",
    env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" },
    ...options,
  });
}

/** The Worker in a process group of its own, on the state that outlives it. */
async function startWorker(more = {}) {
  const [port, inspector] = [await freePort(), await freePort()];
  // One slot for each workspace: one that wasn't given back would keep the next run from starting.
  const vars = { TEST_SECRET: secret, LEASE_SECONDS: "6", RUN_SLOTS: "1", ...runner.vars, ...more };
  const args = ["dev", "--port", port, "--inspector-port", inspector, "--persist-to", state];
  for (const [name, value] of Object.entries(vars)) args.push("--var", `${name}:${value}`);
  const child = run(args.map(String), { detached: true });
  const origin = `http://127.0.0.1:${port}`;
  const up = () => fetch(`${origin}/health`).then((answer) => answer.ok, () => false);
  await until(Boolean, up, 30_000);
  return {
    origin,
    hook: (path, init = {}) =>
      fetch(`${origin}/__test/${path}`, {
        method: "POST",
        ...init,
        headers: { "x-test-secret": secret, ...init.headers },
      }),
    kill9: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      process.kill(-child.pid, "SIGKILL");
      await gone;
    },
  };
}

/** Ends exactly who is named, and starts them again. */
async function kill(victim, vars) {
  if (victim !== "worker") await runner.kill9();
  if (victim !== "runner") await worker.kill9();
  if (victim !== "worker") await runner.restart();
  if (victim !== "runner") worker = await startWorker(vars);
  // The Worker that lives on goes on from the point at which it was held.
  else await pipeline(worker).ask("disarm");
}

before(async () => {
  runner = await startRunner();
  const migrate = run(["d1", "migrations", "apply", "monotask-production", "--local", "--persist-to", state]);
  const code = await new Promise((resolve) => migrate.once("exit", resolve));
  assert.equal(code, 0, "the database could not be migrated");
  worker = await startWorker();
});

after(async () => {
  await worker?.kill9();
  await runner?.close();
  rmSync(state, { recursive: true, force: true });
});

/** Brings a run of its own workspace to a point, and kills there. Gives what is known of the run. */
async function killAt(point, victim, { seconds = 0.1, cancel = false } = {}) {
  const { ask, seed, reaches } = pipeline(worker);
  const steps = `sed -i 's/Helo/Hello/' greet.sh; echo begun; sleep ${seconds}; echo done`;
  const known = {};
  if (cancel) {
    Object.assign(known, await seed({ steps }));
    await reaches(known.started[0].run, "running");
    await ask("arm", { point });
    const { workspace, user, started } = known;
    ask("cancel", { workspace, user, run: started[0].run }).catch(() => {});
  } else {
    await ask("arm", { point });
    seed({ steps }).then((seeded) => Object.assign(known, seeded), () => {});
  }
  await until(({ reached }) => reached === point, () => ask("reached"), 15_000);
  await kill(victim);
  return known;
}

it("loses nothing, wherever it is killed", { timeout: 600_000 * rounds }, async () => {
  assert.ok(POINTS.length >= 32);
  for (let round = 0; round < rounds; round += 1) {
    for (let first = 0; first < POINTS.length; first += GROUP) {
      const killed = [];
      for (const point of POINTS.slice(first, first + GROUP)) killed.push(await killAt(...point));
      await settles();
      await runAgain(killed.filter((known) => known.workspace));
    }
  }
  const { runs } = await pipeline(worker).integrity();
  const originals = runs.filter((one) => one.retry_of === null && one.state_name !== "cancelled");
  const succeeded = runs.filter((one) => one.state_name === "succeeded");
  assert.ok(succeeded.length > originals.length / 2, `${succeeded.length} of ${originals.length}`);
});

/** Every workspace has its one slot free: a run more starts in it and ends well. */
async function runAgain(killed) {
  const { ask, ended } = pipeline(worker);
  assert.ok(killed.length > 0);
  await Promise.all(
    killed.map(async ({ workspace, user }) => {
      const { task } = await ask("task", { workspace, user, steps: "sed -i 's/Helo/Hello/' greet.sh" });
      const { run } = await ask("start", { workspace, user, task });
      const end = await ended(run, 40_000);
      assert.equal(end.stored.state, "succeeded", JSON.stringify(end.stored));
    }),
  );
}

/** Sweeps as the cron does until nothing is left to do, then looks at everything. */
async function settles() {
  const { ask, integrity, state } = pipeline(worker);
  const live = ["queued", "provisioning", "running"];
  const isQuiet = (now) =>
    now.outbox.length === 0 &&
    now.living_sandboxes.length === 0 &&
    now.runs.every((one) => !live.includes(one.state_name));
  // Before anything is swept: no run is told as living whose lease is over.
  for (const { id } of (await integrity()).runs) {
    const now = await state(id);
    const isOver = now.lease_expires_at !== null && now.lease_expires_at <= now.now;
    assert.ok(!(isOver && live.includes(now.run.state)), JSON.stringify(now));
  }
  const look = async () => {
    await ask("sweep");
    await new Promise((resolve) => setTimeout(resolve, 500));
    return integrity();
  };
  const end = await until(isQuiet, look, 60_000);
  // Dense and chained events, nothing twice, no evidence without its object.
  assert.deepEqual(end.wrong, []);
  assert.deepEqual(end.dead_letters, []);
  for (const one of end.runs) await assertAccounted(one, end.runs);
  const stuck = end.tasks.filter((task) => JSON.parse(task.state).stage === "running");
  assert.deepEqual(stuck, []);
  assert.deepEqual(await runner.sandboxes(), []);
}

/** A run is done, or lost by a fault that passes and tried again; its log has no gap, no line twice. */
async function assertAccounted({ id, state_name: name, retry_of: retryOf }, all) {
  const { state, lines } = pipeline(worker);
  if (!["succeeded", "cancelled", "lost"].includes(name)) {
    const { reason } = (await state(id)).stored;
    const passes = ["runner_restarted", "sandbox_unavailable"];
    assert.ok(name === "failed" && passes.includes(reason?.reason), `${name} ${JSON.stringify(reason)}`);
  }
  if (["failed", "lost"].includes(name) && retryOf === null) {
    const { cancel } = await state(id);
    assert.ok(cancel || all.some((other) => other.retry_of === id), `${id} wasn't tried again`);
  }
  const numbers = (await lines(id)).map((line) => line.n);
  assert.deepEqual(numbers, numbers.map((_, index) => index + 1), id);
  if (name === "succeeded") assert.ok(numbers.length > 0, `${id} has no log`);
}

it("gives a keyed retry the first answer (case 1)", { timeout: 60_000 }, async () => {
  const { ask, seed } = pipeline(worker);
  const { workspace, user } = await seed({ runs: 0 });
  const { task, seen } = await ask("task", { workspace, user, steps: "true" });
  const start = { workspace, user, task, seen, key: "the-same-key-again" };
  await ask("arm", { point: "after_commit_run_queued" });
  ask("start", start).catch(() => {});
  await until(({ reached }) => reached !== null, () => ask("reached"));
  await kill("worker");
  const after = pipeline(worker);
  const [one, other] = [await after.ask("start", start), await after.ask("start", start)];
  assert.equal(one.run, other.run);
  const { runs } = await after.integrity();
  const { task_id: id } = runs.find((known) => known.id === one.run);
  assert.equal(runs.filter((known) => known.task_id === id && known.retry_of === null).length, 1);
  await settles();
});

it("executes fifty runs whose messages were lost with the queue (case 3)", { timeout: 150_000 }, async () => {
  const { ask, seed } = pipeline(worker);
  // The first message is held: everything behind it stays in the queue, and dies with it.
  await ask("arm", { point: "before_claim" });
  const { started } = await seed({ runs: 50, steps: "true", commands: "", reports: "" });
  await until(({ reached }) => reached !== null, () => ask("reached"));
  await kill("worker", { RUN_SLOTS: "6" });
  await settles();
  const { runs } = await pipeline(worker).integrity();
  const ends = started.map(({ run }) => runs.find((one) => one.id === run).state_name);
  assert.deepEqual(ends, ends.map(() => "succeeded"));
});

it("shows no run as running whose lease is over", { timeout: 60_000 }, async () => {
  const { seed, reaches } = pipeline(worker);
  const { workspace, started } = await seed({ steps: "sleep 4" });
  const [{ run }] = started;
  const cookie = await signIn(workspace);
  const page = async () => {
    const answer = await fetch(`${worker.origin}/runs/${run}`, { headers: { cookie } });
    assert.equal(answer.status, 200);
    return answer.text();
  };
  await reaches(run, "running");
  assert.match(await page(), /Its steps are being executed/);
  await worker.kill9();
  await runner.kill9();
  await new Promise((resolve) => setTimeout(resolve, 7_000));
  worker = await startWorker();
  const shown = await page();
  assert.equal((await pipeline(worker).state(run)).run.state, "lost");
  assert.match(shown, /Nobody heard from this run any more/);
  assert.doesNotMatch(shown, /Its steps are being executed/);
  await runner.restart();
  await settles();
});

async function signIn(workspace) {
  const person = { name: "Kim", email: "kim@example.org", password: "correct horse battery" };
  const body = new URLSearchParams({ ...person, workspace, role: "member" });
  const made = await worker.hook("members", { body });
  assert.equal(made.status, 201, await made.text());
  const answer = await fetch(`${worker.origin}/sign-in`, {
    method: "POST",
    redirect: "manual",
    headers: { origin: worker.origin, "sec-fetch-site": "same-origin", accept: "text/html" },
    body: new URLSearchParams({ action: "sign_in", ...person }),
  });
  assert.equal(answer.status, 303, await answer.text());
  return answer.headers.get("set-cookie").split(";")[0];
}
