// Every form of every page, sent the way it never should be.

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { after, before, describe, it } from "node:test";
import { done, draft, makeProject } from "../support/project.mjs";
import { openRequest } from "../support/raw.mjs";
import { fill, listedForms } from "../support/registry.mjs";
import { startRunner } from "../support/runner.mjs";
import { formKey, makeTeam, seenOf, visitor } from "../support/visitor.mjs";
import { startWorker } from "../support/worker.mjs";

let runner, worker, db, team, project, task, running, slow;
before(async () => {
  runner = await startRunner();
  worker = await startWorker({ vars: runner.vars });
  ({ DB: db } = await worker.server.getWorker().getEnv());
  // Sent first, looked at last: it takes as long as a form may.
  slow = await openRequest(worker.origin, {
    path: "/preferences/theme",
    headers: { "content-type": "application/x-www-form-urlencoded", "content-length": 1_000 },
    body: "theme=da",
  });
  slow.began = Date.now();
  team = await makeTeam(worker, "forms");
  project = await makeProject(worker, team, "FORM");
  task = await project.write({ title: "The task" });
  running = await project.start(await project.write({ steps: "echo begun; sleep 120" }));
});
after(async () => {
  await slow?.close();
  await worker?.close();
  await runner?.close();
});

const count = async (sql, ...values) => db.prepare(sql).bind(...values).first("n");
// What people did: a run goes on by itself.
const newest = () =>
  count("SELECT COUNT(*) AS n FROM events WHERE json_extract(actor, '$.user') IS NOT NULL");
const titled = (title) => count("SELECT COUNT(*) AS n FROM tasks WHERE title = ?", title);
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

describe("a title (case 38)", () => {
  const BAD = {
    empty: "",
    blank: " \t ",
    "of 10,000 characters": "x".repeat(10_000),
    "with a control character": "bell\u0007",
    "with a line end": "two\nlines",
    "of 1,000 combining marks": "e" + "\u0301".repeat(1_000),
    "that turns round what follows": "invoice\u202Efdp.exe",
    "of nothing that can be seen": "\u200B\u200B",
  };
  for (const [how, title] of Object.entries(BAD)) {
    it(`${how}: is told beside its field, with what was typed`, async () => {
      const before = await newest();
      const edit = { ...draft({ title }), action: "edit", seen: await project.seen(`/tasks/${task}/edit`) };
      const sent = [
        await team.member.send(project.newTask, draft({ title, description: "kept <text>" })),
        await team.member.send(`/tasks/${task}/edit`, { ...edit, description: "kept <text>" }),
      ];
      for (const { status, text } of sent) {
        assert.equal(status, 422);
        assert.match(text, /<p id="title-message" class="field-message">/);
        assert.match(text, /aria-describedby="title-message/);
        if (title.trim()) assert.ok(text.includes(escaped(title).slice(0, 5_000)), "the title is kept");
        assert.ok(text.includes("kept &lt;text&gt;"), "and so is the rest");
      }
      assert.equal(await newest(), before);
    });
  }
});

describe("a form that isn't the page's", () => {
  it("with an unknown action is 400, and changes nothing (case 41)", async () => {
    const before = await newest();
    const { pages } = await listedForms(worker);
    const links = { token: "0".repeat(64), reset: "0".repeat(64) };
    const names = { project: project.key, task, run: running.run, sandbox: running.sandbox, ...links };
    for (const { address } of pages) {
      const path = fill(address, names);
      for (const action of ["destroy", "", "START"]) {
        const { status } = await team.owner.send(path, { action, seen: "1" });
        assert.equal(status, 400, `${path} ${action}`);
      }
    }
    const odd = [{ action: "move", to: "done" }, { action: "stop_run", run: "run_x" }];
    for (const fields of odd) {
      assert.equal((await team.owner.send(`/tasks/${task}`, { ...fields, seen: "1" })).status, 400);
    }
    assert.equal(await newest(), before);
  });

  it("with further fields sets nothing by them (case 41)", async () => {
    const further = { id: "tsk_00000000000000000000000000", workspace: "wsp_x", number: "999" };
    const more = { ...further, author: "usr_x", state: "done", version: "7", role: "owner" };
    const { location } = await done(team.member.send(project.newTask, draft({ title: "Extra", ...more })));
    const row = await db.prepare("SELECT * FROM tasks WHERE title = 'Extra'").first();
    assert.notEqual(row.id, further.id);
    assert.equal(row.version, 1);
    assert.equal(row.workspace_id, team.workspace);
    assert.notEqual(location, `/tasks/${project.key}-999`);
  });

  it("with a version beyond what numbers hold is a conflict, or not understood (case 40)", async () => {
    const versions = ["9007199254740993", "9223372036854775807", "9223372036854775808", "-1", "1e999"];
    for (const seen of [...versions, "NaN", "0x10", "−0", ""]) {
      const edit = await team.owner.send(`/tasks/${task}/edit`, { ...draft(), action: "edit", seen });
      assert.equal(edit.status, 409, seen);
      const gate = await team.owner.send(project.settings, { ...project.gate, seen });
      assert.equal(gate.status, 409, seen);
    }
  });
});

describe("a body (case 42)", () => {
  const headers = () => ({
    ...{ origin: worker.origin, cookie: team.owner.cookie, accept: "text/html" },
    "content-type": "application/x-www-form-urlencoded",
  });
  const send = (body, more = {}) =>
    worker.fetch(project.newTask, { method: "POST", headers: { ...headers(), ...more }, body });

  it("that is compressed is refused before it is unpacked", async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    const answer = await send(bomb, { "content-encoding": "gzip" });
    assert.equal(answer.status, 415);
    await answer.text();
    const report = await worker.fetch("/fn/report_browser_error", {
      method: "POST",
      headers: { ...headers(), "content-encoding": "gzip" },
      body: bomb,
    });
    assert.equal(report.status, 415);
    await report.text();
  });

  it("that is no form, or names a field twice, or isn't text, is refused", async () => {
    const plain = await send("title=a", { "content-type": "text/plain" });
    assert.equal(plain.status, 415);
    await plain.text();
    for (const body of ["title=a&title=b", "title=%ff", "a=1&".repeat(200)]) {
      const answer = await send(body);
      assert.equal(answer.status, 400, body.slice(0, 20));
      await answer.text();
    }
  });

  it("that breaks off changes nothing, and holds nobody up", async () => {
    const before = await newest();
    const half = await openRequest(worker.origin, {
      path: project.newTask,
      headers: { ...headers(), "content-length": 500 },
      body: "action=create&title=Half",
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await half.close();
    assert.equal((await team.owner.see("/")).status, 200);
    assert.equal(await newest(), before);
  });
});

describe("at one version", () => {
  it("of 50 edits one is taken, and 49 are told with their text kept (case 32)", async () => {
    const path = `/tasks/${await project.write({ title: "Raced" })}/edit`;
    const seen = await project.seen(path);
    const edit = (n) => ({ ...draft({ title: `Edit ${n}`, description: `by hand ${n}` }), action: "edit", seen });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => (n % 2 ? team.member : team.owner).send(path, edit(n))),
    );
    const statuses = answers.map((answer) => answer.status);
    assert.equal(statuses.filter((status) => status === 303).length, 1, `${statuses}`);
    assert.equal(statuses.filter((status) => status === 409).length, 49, `${statuses}`);
    const winner = statuses.indexOf(303);
    for (const [n, { status, text }] of answers.entries()) {
      if (status === 303) continue;
      assert.ok(text.includes(`value="Edit ${n}"`) && text.includes(`by hand ${n}`), `${n} is kept`);
      assert.ok(text.includes(`by hand ${winner}`), "beside what is there now");
    }
  });

  it("a task is started once, however often it is asked for (case 74)", async () => {
    const started = await project.write({ title: "Started", steps: "sleep 1" });
    const path = `/tasks/${started}`;
    const seen = await project.seen(path);
    const start = () => team.owner.send(path, { action: "start", seen, idempotency_key: formKey() });
    const answers = await Promise.all([start(), start(), start(), start()]);
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [303, 409, 409, 409]);
    assert.equal((await start()).status, 409);
    const runs = "SELECT COUNT(*) AS n FROM runs r JOIN tasks t ON t.id = r.task_id";
    assert.equal(await count(`${runs} WHERE t.title = 'Started'`), 1);
  });

  it("that is out of date, nothing is changed, whatever the form (case 32)", async () => {
    const before = await newest();
    for (const action of ["start", "move", "approve", "reject"]) {
      const stale = { action, seen: "0", to: "cancelled", reason: "stale" };
      assert.equal((await team.owner.send(`/tasks/${task}`, stale)).status, 409, action);
    }
    assert.equal(await newest(), before);
  });

  it("and under one key, a form sent 20 times at once writes one task (case 30)", async () => {
    const form = draft({ title: "Twenty" });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => team.member.send(project.newTask, form)),
    );
    assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [303]);
    assert.equal(new Set(answers.map((answer) => answer.location)).size, 1);
    assert.equal(await titled("Twenty"), 1);
  });
});

describe("a form sent after its session ended", () => {
  it("comes back with what was typed, to send again", async () => {
    const late = visitor(worker);
    await late.signIn(team.address("member"));
    const gone = late.cookie;
    await done(late.send("/sign-out", { action: "sign_out" }));
    late.cookie = gone;
    const typed = draft({ title: 'Long "thoughts"', description: "and <b>many</b> words" });
    const { status, text, location } = await late.send(project.newTask, typed);
    assert.equal(status, 401);
    assert.equal(location, null);
    assert.match(text, /You were signed out/);
    assert.match(text, /Sign in in another tab, then send this again/);
    assert.match(text, /href="\/sign-in"[^>]*target="_blank"|target="_blank"[^>]*href="\/sign-in"/);
    assert.ok(text.includes("and &lt;b&gt;many&lt;/b&gt; words"));
    assert.ok(!text.includes(`Project ${project.key}`), "nothing is told of what is there");
    assert.equal(await titled('Long "thoughts"'), 0);
    // Signed in in another tab, the page's own form does it.
    await late.signIn(team.address("member"));
    const again = Object.fromEntries(fieldsOf(text));
    assert.equal(again.description, typed.description);
    await done(late.send(project.newTask, again));
    assert.equal(await titled('Long "thoughts"'), 1);
  });
});

/** The fields of a page's form, as a browser would send them. */
function fieldsOf(text) {
  const plain = (html) =>
    ["&quot;", '"', "&lt;", "<", "&gt;", ">", "&#x27;", "'", "&#39;", "'", "&amp;", "&"].reduce(
      (so, part, n, all) => (n % 2 ? so : so.replaceAll(part, all[n + 1])),
      html,
    );
  const form = text.slice(text.indexOf("<main"), text.indexOf("</main>"));
  const value = (tag, name) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  const inputs = [...form.matchAll(/<input [^>]*>/g)].map(([tag]) => [
    value(tag, "name"),
    plain(value(tag, "value") ?? ""),
  ]);
  const areas = [...form.matchAll(/<textarea ([^>]*)>([^<]*)<\/textarea>/g)];
  return [...inputs, ...areas.map(([, tag, typed]) => [value(tag, "name"), plain(typed)])];
}

describe("a form that never ends", () => {
  it("is given up after twenty seconds (case 42)", async () => {
    assert.equal(await slow.status(25_000 - (Date.now() - slow.began)), 400);
    assert.ok(Date.now() - slow.began > 15_000);
  });
});
