// The token that each run is given, taken from a real run on the real runner: what it may do, and until
// when.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { filesForm } from "../support/archive.mjs";
import { makeKey, readToken, signer, tokenOf } from "../support/credentials.mjs";
import { makeProject } from "../support/project.mjs";
import { told, withCredentials } from "../support/refusals.mjs";
import { everything } from "../support/registry.mjs";
import { overhear, startRunner } from "../support/runner.mjs";
import { makeTeam } from "../support/visitor.mjs";
import { startWorker, until } from "../support/worker.mjs";

const first = signer("first");
const missing = (prefix) => `${prefix}_00000000000000000000000000`;

let runner, host, worker, db, team, project, key, ask, bearersRefused;
before(async () => {
  runner = await startRunner();
  host = await overhear(runner);
  worker = await startWorker({ vars: { ...host.vars, SIGNING_KEYS: first.entry, LEASE_SECONDS: "20" } });
  ({ DB: db } = await worker.server.getWorker().getEnv());
  team = await makeTeam(worker, "tokens", []);
  project = await makeProject(worker, team, "TOKEN");
  key = await makeKey(worker, team.owner);
  ({ ask, bearersRefused } = withCredentials(worker, () => db));
});
after(async () => {
  await worker?.close();
  host?.close();
  await runner?.close();
});

describe("a run's own token", () => {
  let run, task, token, other;
  before(async () => {
    task = await project.write({ title: "With a token", steps: "sleep 300" });
    ({ run } = await project.start(task));
    token = await until(Boolean, async () => host.tokens.get(run), 20_000);
    const otherTask = await project.write({ title: "Another's", steps: "sleep 300" });
    other = { task: otherTask, ...(await project.start(otherTask)) };
  });

  const by = (method, path, more) => ask(`Bearer ${token}`, method, path, more);
  const upload = async (id) => by("POST", `/runs/${id}/evidence`, await filesForm([["note.txt", "a note"]]));

  it("tells who it is and reads its task", async () => {
    const { claims } = readToken(token);
    assert.deepEqual([claims.sub, claims.scope], [run, "run"]);
    const me = JSON.parse((await by("GET", "/me")).text);
    assert.deepEqual([me.via, me.run.id, me.user, me.key], ["run", run, null, null]);
    const read = await by("GET", `/tasks/${task}`);
    assert.equal(read.status, 200, read.text);
    assert.equal(JSON.parse(read.text).id, me.run.task);
  });

  it("adds evidence to its run", async () => {
    const answer = await upload(run);
    assert.equal(answer.status, 201, answer.text);
    const [{ id }] = JSON.parse(answer.text).items;
    const kept = await db.prepare("SELECT run_id, added_by FROM evidence WHERE id = ?").bind(id).first();
    assert.equal(kept.run_id, run);
    assert.ok(kept.added_by.includes(run), kept.added_by);
  });

  it("decides nothing, starts nothing, and reaches nothing of another run or task", async () => {
    const seen = { headers: { "if-match": '"1"' } };
    const json = (value) => ({ body: JSON.stringify(value), ...seen });
    const before = await everything(db, ["audit", "runs"]);
    for (const [method, path, more, status] of [
      ["POST", `/tasks/${task}/decisions`, json({ decision: "approve" }), 403],
      ["POST", `/tasks/${task}/decisions`, json({ decision: "reject", reason: "because" }), 403],
      ["POST", `/tasks/${other.task}/decisions`, json({ decision: "approve" }), 403],
      ["POST", `/tasks/${task}/runs`, seen, 403],
      ["POST", `/tasks/${other.task}/runs`, seen, 403],
      ["POST", `/runs/${run}/cancel`, {}, 403],
      ["PATCH", `/tasks/${task}`, json({ title: "Changed" }), 403],
      ["POST", `/tasks/${task}/transitions`, json({ to: "done" }), 403],
      ["POST", "/projects/TOKEN/tasks", json({ title: "More" }), 403],
      ["POST", "/projects", json({ key: "MORE", name: "More" }), 403],
      ["PUT", "/projects/TOKEN/gate", json({ approval: false }), 403],
      ["POST", "/projects/TOKEN/sandboxes", json({}), 403],
      ["POST", "/tokens", json({}), 403],
      ["GET", "/projects/TOKEN", {}, 403],
      ["GET", "/projects/TOKEN/tasks", {}, 403],
      ["GET", "/members", {}, 403],
      ["GET", "/events", {}, 403],
      ["GET", `/runs/${other.run}`, {}, 403],
      ["GET", `/runs/${other.run}/log`, {}, 403],
      ["GET", `/tasks/${other.task}`, {}, 404],
      ["GET", "/tasks/TOKEN-999", {}, 404],
    ]) {
      const answer = await by(method, path, more);
      assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
    }
    const [hidden, none] = [await upload(other.run), await upload(missing("run"))];
    assert.deepEqual([hidden.status, told(hidden)], [none.status, told(none)]);
    assert.ok([403, 404].includes(hidden.status), hidden.text);
    const [theirs, nobodys] = [await by("GET", `/tasks/${other.task}`), await by("GET", "/tasks/TOKEN-999")];
    assert.deepEqual(told(theirs), told(nobodys));
    assert.deepEqual(await everything(db, ["audit", "runs"]), before);
  });

  it("is no session's: pages, files and the socket know it not", async () => {
    for (const path of ["/", `/runs/${run}`, `/runs/${run}/log`, "/live"]) {
      const headers = { authorization: `Bearer ${token}`, accept: "text/html", origin: worker.origin };
      const upgrade = path === "/live" ? { upgrade: "websocket" } : {};
      const answer = await worker.fetch(path, { headers: { ...headers, ...upgrade } });
      await answer.body?.cancel();
      assert.ok([303, 401].includes(answer.status), `${path}: ${answer.status}`);
    }
  });

  it("dies with its lease", async () => {
    await bearersRefused({ "with another run's lease": withLeaseOf(other.run) });
    assert.equal((await by("GET", "/me")).status, 200);
    const answer = await ask(`Bearer ${key.text}`, "POST", `/runs/${run}/cancel`);
    assert.equal(answer.status, 202, answer.text);
    const lease = "SELECT lease_token FROM runs WHERE id = ?";
    await until((held) => held === null, () => db.prepare(lease).bind(run).first("lease_token"), 30_000);
    await bearersRefused({ "of a run that has ended": token });
    const upheld = await ask(`Bearer ${host.tokens.get(other.run)}`);
    assert.equal(upheld.status, 200, "the other's goes on");
  });

  /** This run's token, with the lease of another. */
  const withLeaseOf = (id) => {
    const { header, claims } = readToken(token);
    const { lease } = readToken(host.tokens.get(id)).claims;
    return tokenOf(header, { ...claims, lease }, first);
  };
});
