// Kill -9 of the runner, of the Worker's whole runtime, and of both, at enumerated points of a run's
// way. Whatever was killed, after a restart on the same state every run has ended, every slot is free
// and no event is lost or doubled. `MONOTASK_KILL_ROUNDS=3` goes round more than once.

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

// The commit of a run's start is a seed's sixth.
const START = { skip: 5 };
const POINTS = [
  ["before_commit", "worker", START],
  ["after_commit", "worker", START],
  ["before_send", "worker"],
  ["after_send", "worker"],
  ["after_mark", "both"],
  ["before_claim", "worker"],
  ["after_claim", "worker"],
  ["after_watch", "worker"],
  ["after_drive", "worker"],
  ["before_confirm", "both"],
  ["after_confirm", "worker"],
  ["before_provision", "runner"],
  ["after_provision", "worker"],
  ["before_source", "both"],
  ["after_source", "worker"],
  ["before_job", "runner"],
  ["after_job", "worker"],
  ["after_started", "both"],
  ["before_renew", "worker"],
  ["after_renew", "worker"],
  ["before_log_chunk", "worker"],
  ["after_log_chunk", "runner"],
  ["before_acknowledge", "worker"],
  ["after_acknowledge", "both"],
  ["before_results", "runner"],
  ["before_upload", "worker"],
  ["after_upload", "both"],
  ["before_finish", "worker"],
  ["after_finish", "worker"],
  ["before_cleanup", "both"],
  ["after_cleanup", "worker"],
  ["after_settle", "worker"],
];
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
async function startWorker() {
  const [port, inspector] = [await freePort(), await freePort()];
  const vars = { TEST_SECRET: secret, LEASE_SECONDS: "6", ...runner.vars };
  const args = ["dev", "--port", port, "--inspector-port", inspector, "--persist-to", state];
  for (const [name, value] of Object.entries(vars)) args.push("--var", `${name}:${value}`);
  const child = run(args.map(String), { detached: true });
  const origin = `http://127.0.0.1:${port}`;
  const up = () => fetch(`${origin}/health`).then((answer) => answer.ok, () => false);
  await until(Boolean, up, 30_000);
  return {
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

async function kill(victim) {
  if (victim !== "worker") await runner.kill9();
  if (victim !== "runner") await worker.kill9();
  if (victim !== "worker") await runner.restart();
  // What hangs at its point hangs until its process is gone: the runner's death alone frees nobody.
  if (victim === "runner") await worker.kill9();
  worker = await startWorker();
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

it("loses nothing, wherever it is killed", { timeout: 290_000 * rounds }, async () => {
  let kills = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const [point, victim, { skip = 0 } = {}] of POINTS) {
      const { ask, seed } = pipeline(worker);
      await ask("arm", { point, skip });
      // Long enough for a lease to be renewed; what is killed never answers.
      const steps = "sed -i 's/Helo/Hello/' greet.sh; echo begun; sleep 2.5; echo done";
      seed({ steps }).catch(() => {});
      await until(({ reached }) => reached === point, () => ask("reached"), 15_000);
      await kill(victim);
      kills += 1;
    }
  }
  assert.ok(kills >= 20);
  await settles();
});

/** Sweeps as the cron does until nothing is left to do, then looks at everything. */
async function settles() {
  const { ask, integrity } = pipeline(worker);
  const live = ["queued", "provisioning", "running"];
  const isQuiet = (now) =>
    now.outbox.length === 0 &&
    now.living_sandboxes.length === 0 &&
    now.runs.every((one) => !live.includes(one.state_name));
  const look = async () => {
    await ask("sweep");
    await new Promise((resolve) => setTimeout(resolve, 500));
    return integrity();
  };
  const end = await until(isQuiet, look, 60_000);
  assert.deepEqual(end.wrong, []);
  assert.deepEqual(end.dead_letters, []);
  for (const one of end.runs) {
    assert.ok(["succeeded", "failed", "lost"].includes(one.state_name), one.state_name);
  }
  assert.ok(end.runs.some((one) => one.state_name === "succeeded"));
  const stuck = end.tasks.filter((task) => JSON.parse(task.state).stage === "running");
  assert.deepEqual(stuck, []);
  assert.deepEqual(await runner.sandboxes(), []);
}
