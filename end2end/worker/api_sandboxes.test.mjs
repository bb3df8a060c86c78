// Sandboxes that programs use without a run, on the Worker as it ships with the real runner.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { makeKey } from "../support/credentials.mjs";
import { makeProject } from "../support/project.mjs";
import { everything } from "../support/registry.mjs";
import { told } from "../support/refusals.mjs";
import { startRunner } from "../support/runner.mjs";
import { makeTeam } from "../support/visitor.mjs";
import { startWorker, until } from "../support/worker.mjs";

const missing = (prefix) => `${prefix}_00000000000000000000000000`;

let runner, worker, db, team, others, key, theirKey, project;
before(async () => {
  runner = await startRunner();
  const limits = {
    SANDBOX_WALL_SECONDS: "10",
    SANDBOX_MEMORY_MB: "128",
    SANDBOX_DISK_MB: "48",
    SANDBOX_PROCESSES: "64",
    SANDBOX_SLOTS: "3",
  };
  worker = await startWorker({ vars: { ...runner.vars, ...limits, LEASE_SECONDS: "9" } });
  ({ DB: db } = await worker.server.getWorker().getEnv());
  team = await makeTeam(worker, "sandboxes", ["viewer"]);
  others = await makeTeam(worker, "others", []);
  project = await makeProject(worker, team, "BOX");
  key = await makeKey(worker, team.owner, { scopes: ["read", "runs:write"] });
  theirKey = await makeKey(worker, others.owner);
});
after(async () => {
  await worker?.close();
  await runner?.close();
});

async function ask(method, path, value, by = key, headers = {}) {
  const answer = await worker.fetch(`/api/v1${path}`, {
    method,
    body: value && JSON.stringify(value),
    headers: { authorization: `Bearer ${by.text}`, ...(value && { "content-type": "application/json" }), ...headers },
  });
  const text = await answer.text();
  const json = /json/.test(answer.headers.get("content-type") ?? "") ? JSON.parse(text) : null;
  return { status: answer.status, headers: answer.headers, text, json };
}

async function made(asking) {
  const { status, json, text } = await asking;
  assert.equal(status, 201, text);
  return json.id;
}

const refused = async (asking) => {
  const { status, json, text } = await asking;
  assert.ok(json?.code, `${status} ${text}`);
  return [status, json.code];
};
const provision = (wanted = {}) => made(ask("POST", "/projects/BOX/sandboxes", wanted));
const execute = (sandbox, command, more = {}) =>
  made(ask("POST", `/sandboxes/${sandbox}/executions`, { command, ...more }));
const state = async (sandbox) => (await ask("GET", `/sandboxes/${sandbox}`)).json;
const reaches = (sandbox, ...states) =>
  until((now) => states.includes(now.state), () => state(sandbox), 30_000);
const stop = (sandbox) => ask("POST", `/sandboxes/${sandbox}/stop`);

/** How a command ended, and every line that it printed. */
async function ended(sandbox, execution, milliseconds = 40_000) {
  const path = `/sandboxes/${sandbox}/executions/${execution}`;
  const end = await until(
    (now) => ["exited", "timed_out", "lost"].includes(now.state),
    async () => (await ask("GET", path)).json,
    milliseconds,
  );
  const lines = [];
  for (let after = 0; ; ) {
    const { json } = await ask("GET", `${path}?after=${after}`);
    lines.push(...json.lines);
    if (json.lines.length === 0) return { ...end, lines };
    after = json.next;
  }
}

async function gone(sandbox) {
  await stop(sandbox);
  return reaches(sandbox, "stopped", "failed");
}

describe("a sandbox without a run", () => {
  it("is made, takes commands one after the other, tells what it uses, and is stopped", async () => {
    const sandbox = await provision({ note: "To look around" });
    const first = await execute(sandbox, "cat a.txt; echo aside >&2; echo kept > here; exit 3");
    const one = await ended(sandbox, first);
    assert.deepEqual([one.state, one.exit_code, one.number], ["exited", 3, 1]);
    const text = (lines, stream) => lines.filter((line) => line.stream === stream).map((line) => line.text);
    assert.deepEqual([text(one.lines, "stdout"), text(one.lines, "stderr")], [["BOX"], ["aside"]]);
    const two = await ended(sandbox, await execute(sandbox, "cat here; id -u; seq 2000"));
    assert.deepEqual([two.state, two.exit_code], ["exited", 0]);
    const printed = text(two.lines, "stdout");
    assert.deepEqual([printed[0], printed.length, printed.at(-1)], ["kept", 2_002, "2000"]);
    assert.deepEqual(text((await ended(sandbox, first)).lines, "stdout"), ["BOX"], "each has its own lines");
    const metrics = await ask("GET", `/sandboxes/${sandbox}/metrics`);
    assert.equal(metrics.status, 200, metrics.text);
    assert.ok(metrics.json.uptime_ms > 0, metrics.text);
    const { executions, executing, note } = await reaches(sandbox, "ready");
    assert.deepEqual([executions, executing, note], [2, null, "To look around"]);
    assert.ok((await runner.sandboxes()).some(({ id }) => id === sandbox));
    assert.equal((await stop(sandbox)).status, 202);
    assert.equal((await reaches(sandbox, "stopped", "failed")).state, "stopped");
    await until((all) => !all.some(({ id }) => id === sandbox), runner.sandboxes);
  });

  it("does nothing twice under one Idempotency-Key (case 30)", async () => {
    const asking = () => ask("POST", "/projects/BOX/sandboxes", {}, key, { "idempotency-key": "one-sandbox-alone" });
    const answers = await Promise.all(Array.from({ length: 6 }, asking));
    for (const answer of answers) assert.ok([201, 409].includes(answer.status), answer.text);
    const ids = answers.filter(({ status }) => status === 201).map(({ json }) => json.id);
    assert.equal(new Set(ids).size, 1);
    await gone(ids[0]);
  });

  it("refuses what makes no sense where it stands", async () => {
    const sandbox = await provision();
    await reaches(sandbox, "ready");
    const busy = await execute(sandbox, "sleep 300");
    const again = () => ask("POST", `/sandboxes/${sandbox}/executions`, { command: "true" });
    assert.deepEqual(await refused(again()), [409, "command_unfinished"]);
    assert.equal((await stop(sandbox)).status, 202);
    await reaches(sandbox, "stopped", "failed");
    const { state: how, exit_code: exit } = await ended(sandbox, busy);
    assert.deepEqual([how, exit], ["lost", null]);
    assert.deepEqual(await refused(again()), [409, "sandbox_ended"]);
    assert.deepEqual(await refused(ask("GET", `/sandboxes/${sandbox}/metrics`)), [409, "sandbox_ended"]);
    assert.ok([202, 409].includes((await stop(sandbox)).status));
    const { sandbox: runs } = await project.start(await project.write({ steps: "sleep 8" }));
    assert.deepEqual(await refused(ask("POST", `/sandboxes/${runs}/executions`, { command: "true" })), [
      409,
      "sandbox_of_run",
    ]);
  });

  it("takes no command that is none", async () => {
    const sandbox = await provision();
    const before = await everything(db, ["audit"]);
    for (const body of [
      {},
      { command: "" },
      { command: 5 },
      { command: "x".repeat(64 * 1024 + 1) },
      { command: "true\u0000" },
      { command: "true", timeout_ms: 1 },
      { command: "true", timeout_ms: -1 },
      { command: "true", timeout_ms: 2 ** 53 },
      { command: "true", user: "root" },
    ]) {
      const answer = await ask("POST", `/sandboxes/${sandbox}/executions`, body);
      assert.ok([400, 422].includes(answer.status), `${JSON.stringify(body).slice(0, 80)}: ${answer.text}`);
    }
    for (const body of [{ ttl_ms: 1 }, { ttl_ms: 3_600_001 }, { ttl_ms: "10000" }, { note: "x".repeat(201) }, { slots: 9 }]) {
      assert.equal((await ask("POST", "/projects/BOX/sandboxes", body)).status, 422, JSON.stringify(body).slice(0, 80));
    }
    const { sandboxes: _, ...rest } = before;
    const { sandboxes: __, ...now } = await everything(db, ["audit"]);
    // The sandbox itself is being made meanwhile.
    for (const table of ["executions", "tasks", "runs", "idempotency"]) assert.equal(now[table], rest[table], table);
    await gone(sandbox);
  });

  it("of another workspace is as one that isn't there (case 70)", async () => {
    const sandbox = await provision();
    const execution = await execute(sandbox, "echo a secret");
    await ended(sandbox, execution);
    for (const [method, rest, value] of [
      ["GET", ""],
      ["GET", "/metrics"],
      ["POST", "/stop"],
      ["POST", "/executions", { command: "true" }],
      ["GET", `/executions/${execution}`],
    ]) {
      const hidden = await ask(method, `/sandboxes/${sandbox}${rest}`, value, theirKey);
      const path = `/sandboxes/${missing("sbx")}${rest.replace(execution, missing("exe"))}`;
      const none = await ask(method, path, value, theirKey);
      assert.equal(hidden.status, 404, `${method} ${rest}`);
      assert.deepEqual(told(hidden), told(none), `${method} ${rest}`);
    }
    const elsewhere = await ask("GET", `/sandboxes/${missing("sbx")}/executions/${execution}`);
    assert.equal(elsewhere.status, 404, "a command belongs to its sandbox");
    await gone(sandbox);
  });

  it("is one of so many at most", async () => {
    const three = await Promise.all([provision(), provision(), provision()]);
    assert.deepEqual(await refused(ask("POST", "/projects/BOX/sandboxes", {})), [409, "no_sandbox_slot"]);
    await Promise.all(three.map(gone));
    await gone(await provision());
  });
});

describe("a command in a sandbox", () => {
  let sandbox;
  before(async () => {
    sandbox = await provision();
  });

  it("that wants more than it may is ended, and the sandbox goes on", async () => {
    for (const [command, more, expected] of [
      ["sleep 60", { timeout_ms: 500 }, { state: "timed_out", exit_code: null, reason: "timeout" }],
      ["perl -e 'my @a; push @a, \"x\" x 10000000 while 1'", {}, { state: "exited", reason: "memory" }],
      ["head -c 100000000 /dev/zero > big", {}, { state: "exited", reason: "disk" }],
    ]) {
      const id = await execute(sandbox, command, more);
      const end = await ended(sandbox, id);
      for (const [name, value] of Object.entries(expected)) {
        assert.equal(end[name], value, `${command}: ${JSON.stringify({ ...end, lines: end.lines.slice(0, 5) })}`);
      }
      const next = await ended(sandbox, await execute(sandbox, "rm -f big; echo on"));
      assert.deepEqual([next.state, next.exit_code], ["exited", 0], command);
    }
  });

  it("that floods is cut at a megabyte, and says so", async () => {
    const end = await ended(sandbox, await execute(sandbox, "yes 0123456789 | head -c 5000000; echo end"), 60_000);
    assert.equal(end.state, "exited", JSON.stringify({ ...end, lines: [] }));
    const bytes = end.lines.reduce((sum, { text }) => sum + text.length + 1, 0);
    // Short lines count for more than their text.
    assert.ok(bytes > 200_000 && bytes < 1_300_000, `${bytes} bytes`);
    assert.ok(end.lines.some(({ stream }) => stream === "system"), `what is missing is said: ${end.lines.at(-1).text}`);
  });

  it("is lost with its sandbox when the runner is killed, and slots are free again", async () => {
    await until(({ state }) => state === "ready", () => state(sandbox), 30_000);
    const id = await execute(sandbox, "sleep 300");
    await until(({ json }) => json.state === "running", () => ask("GET", `/sandboxes/${sandbox}/executions/${id}`), 20_000);
    await runner.kill9();
    const metrics = await ask("GET", `/sandboxes/${sandbox}/metrics`);
    assert.equal(metrics.status, 503, metrics.text);
    await runner.restart();
    const end = await ended(sandbox, id, 90_000);
    assert.equal(end.state, "lost", JSON.stringify(end));
    assert.ok(["failed", "stopped"].includes((await reaches(sandbox, "failed", "stopped")).state));
    const next = await provision();
    assert.equal((await ended(next, await execute(next, "echo on"))).exit_code, 0);
    await gone(next);
  });

  it("ends with its sandbox's time", async () => {
    const short = await provision({ ttl_ms: 10_000 });
    await reaches(short, "ready");
    const id = await execute(short, "sleep 300");
    const end = await ended(short, id, 40_000);
    assert.equal(end.state, "lost", JSON.stringify(end));
    await reaches(short, "stopped", "failed");
    assert.equal((await refused(ask("POST", `/sandboxes/${short}/executions`, { command: "true" })))[1], "sandbox_ended");
  });
});
