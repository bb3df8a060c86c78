// Another workspace's things answer exactly as things that aren't there.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { draft, makeProject } from "../support/project.mjs";
import { startRunner } from "../support/runner.mjs";
import { anonymous, makeTeam } from "../support/visitor.mjs";
import { startWorker, until } from "../support/worker.mjs";

const missing = (prefix) => `${prefix}_00000000000000000000000000`;

let runner, worker, db, ours, theirs, names;
before(async () => {
  runner = await startRunner();
  worker = await startWorker({ vars: runner.vars });
  ({ DB: db } = await worker.server.getWorker().getEnv());
  ours = await makeTeam(worker, "ours", ["admin"]);
  theirs = await makeTeam(worker, "theirs", ["admin"]);
  const project = await makeProject(worker, theirs, "THEIRS");
  const task = await project.write({ title: "Their secret" });
  const { run, sandbox } = await project.start(task);
  const ended = () => db.prepare("SELECT state FROM runs WHERE id = ?").bind(run).first("state");
  await until((state) => JSON.parse(state).state === "succeeded", ended, 20_000);
  const evidence = await db.prepare("SELECT id FROM evidence WHERE run_id = ?").bind(run).first("id");
  /** Each of theirs, beside a name that nothing has. */
  names = [
    ["THEIRS", "NOBODY"],
    [run, missing("run")],
    [sandbox, missing("sbx")],
    ...(evidence ? [[evidence, missing("evd")]] : []),
  ];
  assert.equal(names.length, 4, "the run left evidence");
});
after(async () => {
  await worker?.close();
  await runner?.close();
});

/** Addresses with their things in them, and the same with what isn't there. */
function addresses() {
  const [[key], [run], [sandbox], [evidence]] = names;
  const pages = [`/projects/${key}`, `/projects/${key}/new`, `/projects/${key}/settings`];
  pages.push(`/projects/${key}?stage=done&q=their`, `/tasks/${key}-1`, `/tasks/${key}-1/edit`);
  pages.push(`/runs/${run}`, `/sandboxes/${sandbox}`);
  const files = [`/evidence/${evidence}`, `/evidence/${evidence}?view=1`];
  files.push(`/runs/${run}/log`, `/runs/${run}/log?after=1`, `/runs/${run}/log.txt`);
  return { pages, files };
}

const absent = (text) => names.reduce((so, [theirs, none]) => so.replaceAll(theirs, none), text);

/** What an answer says, without what is different in every answer. */
function told({ status, headers, text }) {
  const own = ["date", "x-request-id", "content-security-policy", "server-timing", "content-length"];
  // One request more was counted.
  own.push("ratelimit");
  const kept = [...headers.entries()].filter(([name]) => !own.includes(name)).sort();
  return { status, kept, text: anonymous(text).replaceAll(/&quot;rendered_at&quot;:\d+/g, "") };
}

describe("another workspace's", () => {
  it("pages and files are there for its own people", async () => {
    const { pages, files } = addresses();
    for (const path of [...pages, ...files]) {
      assert.equal((await theirs.admin.see(path)).status, 200, path);
    }
  });

  for (const kind of ["pages", "files"]) {
    it(`${kind} answer as missing ones, to the byte (case 70)`, async () => {
      for (const path of addresses()[kind]) {
        const [hidden, none] = [await ours.admin.see(path), await ours.admin.see(absent(path))];
        assert.equal(hidden.status, 404, path);
        assert.ok(!hidden.text.includes("secret"), path);
        const hiddenAsNone = { ...hidden, text: absent(hidden.text) };
        assert.deepEqual(told(hiddenAsNone), told(none), path);
      }
    });
  }

  it("forms answer as missing ones, to the byte, and change nothing (case 70)", async () => {
    const [[key], [run], [sandbox]] = names;
    const events = () => db.prepare("SELECT COUNT(*) AS n FROM events").first("n");
    const before = await events();
    const forms = [
      [`/projects/${key}/new`, draft({ idempotency_key: "a-key-of-this-test-01" })],
      [`/projects/${key}/settings`, { action: "edit_gate", commands: "true", seen: "3" }],
      [`/projects/${key}/settings`, { action: "set_source", seen: "3" }],
      [`/tasks/${key}-1/edit`, { ...draft(), action: "edit", seen: "1" }],
      ...["start", "approve", "reject", "move"].map((action) => [
        `/tasks/${key}-1`,
        { action, seen: "1", to: "cancelled", reason: "because" },
      ]),
      [`/tasks/${key}-1`, { action: "stop_run", run }],
      [`/runs/${run}`, { action: "cancel" }],
      [`/sandboxes/${sandbox}`, { action: "stop" }],
    ];
    for (const [path, fields] of forms) {
      const none = Object.entries(fields).map(([name, value]) => [name, absent(value)]);
      const hidden = await ours.admin.send(path, fields);
      const missing = await ours.admin.send(absent(path), Object.fromEntries(none));
      assert.equal(hidden.status, 404, `${path} ${fields.action}`);
      const hiddenAsNone = { ...hidden, text: absent(hidden.text) };
      assert.deepEqual(told(hiddenAsNone), told(missing), `${path} ${fields.action}`);
    }
    assert.equal(await events(), before);
  });

  it("ids in a form of ours are as good as made up (case 70)", async () => {
    const project = await makeProject(worker, ours, "OURS");
    const agent = await db
      .prepare("SELECT id FROM agents WHERE workspace_id = ?")
      .bind(theirs.workspace)
      .first("id");
    const sent = [agent, missing("agt")].map((agent) =>
      ours.owner.send(project.newTask, draft({ agent })),
    );
    const [theirAgent, noAgent] = await Promise.all(sent);
    assert.equal(theirAgent.status, noAgent.status);
    for (const { status, location } of [theirAgent, noAgent]) {
      if (status === 422) continue;
      const start = { action: "start", seen: await project.seen(location) };
      assert.equal((await ours.owner.send(location, start)).status, 409, "nobody runs it");
    }
    const task = `/tasks/${await project.write({ title: "Ours" })}`;
    const [, [run]] = names;
    assert.equal((await ours.owner.send(task, { action: "stop_run", run })).status, 404);
  });
});
