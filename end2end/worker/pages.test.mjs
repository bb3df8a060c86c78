// Every page and every mutation of the product: what each costs, and what none of them may hold.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { done, draft, makeProject } from "../support/project.mjs";
import { startRunner } from "../support/runner.mjs";
import { formKey, makeTeam, visitor } from "../support/visitor.mjs";
import { noteFigures, startWorker, until } from "../support/worker.mjs";

const HOSTILE = `<script>alert(1)</script> [a](javascript:alert(1)) <img src=x onerror=alert(1)>
</textarea><form action="https://evil.example"><input name="password"></form>
[b](data:text/html;base64,PHNjcmlwdD4=) ![c](javascript:alert(1)) <a href="vbscript:x">d</a>`;

let runner, worker, team, project, tasks, live;
before(async () => {
  runner = await startRunner();
  worker = await startWorker({ vars: { ...runner.vars, RUN_SLOTS: "5" } });
  team = await makeTeam(worker, "pages", ["member"]);
  project = await makeProject(worker, team, "PAGE");
  const write = (title, more = {}) =>
    project.write({ title: `${title} <script>alert(2)</script>`, description: HOSTILE, ...more });
  tasks = {
    plain: await write("Plain"),
    reviewed: await write("Reviewed"),
    returned: await write("Returned"),
    long: await write("Long", { steps: "sleep 120" }),
    longer: await write("Longer", { steps: "sleep 120" }),
    longest: await write("Longest", { steps: "sleep 120" }),
  };
  live = {};
  for (const name of ["reviewed", "returned", "long", "longer", "longest"]) {
    live[name] = await project.start(tasks[name]);
  }
  for (const name of ["reviewed", "returned"]) {
    const decision = ({ text }) => text.includes('value="approve"');
    await until(decision, () => team.owner.see(`/tasks/${tasks[name]}`), 20_000);
  }
});
after(async () => {
  await worker?.close();
  await runner?.close();
});

/** Every page that a member can look at. */
const pages = () => [
  ...["/", "/projects/new", "/projects/PAGE", "/projects/PAGE?q=plain&stage=ready&label=bug"],
  ...["/projects/PAGE/new", "/projects/PAGE/settings", "/sandboxes", "/validations"],
  ...Object.values(tasks).flatMap((task) => [`/tasks/${task}`, `/tasks/${task}/edit`]),
  ...Object.values(live).flatMap(({ run, sandbox }) => [`/runs/${run}`, `/sandboxes/${sandbox}`]),
];

/** How often an answer asked the database. */
function trips({ headers }) {
  const [, count] = /d1;desc="(\d+)"/.exec(headers.get("server-timing"));
  return Number(count);
}

/** Notes the dearest of what was measured, by name. */
function noteMost(file, what, measured) {
  const [name, value] = measured.reduce((most, one) => (one[1] > most[1] ? one : most));
  const shown = `D1 round trips of a ${what}, most (${name})`;
  noteFigures(file, [{ name: shown, value, limit: 2, unit: "" }]);
  console.log(measured.map(([name, value]) => `${value} ${name}`).join("\n"));
  assert.ok(value <= 2, `${shown}: ${value}`);
}

/** A page's name without what is particular in it. */
const kind = (path) =>
  path
    .replace(/(run|sbx)_[0-9a-z]+/, "{id}")
    .replace(/PAGE-\d+/, "{task}")
    .replace("PAGE", "{project}")
    .replace(/\?.*/, "?…");

describe("a page", () => {
  it("asks the database twice at most", async () => {
    const measured = new Map();
    for (const path of pages()) {
      const page = await team.owner.see(path);
      assert.equal(page.status, 200, path);
      measured.set(kind(path), Math.max(trips(page), measured.get(kind(path)) ?? 0));
    }
    const signedOut = visitor(worker);
    for (const path of ["/", "/sign-in"]) {
      measured.set(`${path}, signed out`, trips(await signedOut.see(path)));
    }
    const stale = visitor(worker, { cookie: `__Host-session=${"0".repeat(64)}` });
    for (const path of ["/", "/sign-in"]) {
      measured.set(`${path}, session ended`, trips(await stale.see(path)));
    }
    noteMost("pages", "page", [...measured]);
  });

  it("runs nothing that somebody wrote, and nothing inline (cases 64 and 65)", async () => {
    const nonces = new Set();
    for (const path of pages()) {
      const { headers, text } = await team.owner.see(path);
      const policy = headers.get("content-security-policy");
      const [, nonce] = /script-src 'nonce-([0-9a-f]{32})' 'strict-dynamic'/.exec(policy);
      nonces.add(nonce);
      assert.ok(!policy.includes("unsafe-inline") && !policy.includes("'unsafe-eval'"), path);
      for (const [tag] of text.matchAll(/<script[^>]*>/g)) {
        assert.ok(tag.includes(`nonce="${nonce}"`), `${path}: ${tag}`);
      }
      // Inside a tag only: what somebody wrote may talk about it.
      for (const [tag] of text.matchAll(/<[a-z][^<>]*>/g)) {
        assert.doesNotMatch(tag, /\s(style|on[a-z]+)=/, `${path}: ${tag}`);
        assert.doesNotMatch(tag, /(href|src|action)="?\s*(javascript|data|vbscript):/i, path);
        assert.doesNotMatch(tag, /evil\.example|src="?x/, `${path}: ${tag}`);
      }
      assert.doesNotMatch(text, /<style/, path);
    }
    assert.equal(nonces.size, pages().length, "a nonce of its own each");
  });
});

describe("a mutation", () => {
  it("reads once and writes once", async () => {
    const { owner, member } = team;
    const seen = (path) => project.seen(path);
    const at = (name) => `/tasks/${tasks[name]}`;
    const measured = [["upload a source", trips(project.uploaded)]];
    const make = async (name, sending) => measured.push([name, trips(await done(sending))]);

    const newcomer = visitor(worker);
    const email = team.address("member");
    const signIn = { action: "sign_in", email, password: "correct horse battery" };
    await make("sign in", newcomer.send("/sign-in", signIn));
    await newcomer.signIn(email);
    await make("sign out", newcomer.send("/sign-out", { action: "sign_out" }));
    await make("keep a theme", owner.send("/preferences/theme", { theme: "dark" }));
    const named = { action: "create", name: "Another", key: "OTHER", idempotency_key: formKey() };
    await make("create a project", owner.send("/projects/new", named));
    await make("write a task", member.send(project.newTask, draft()));
    const edit = { ...draft({ title: "Edited" }), action: "edit", seen: await seen(`${at("plain")}/edit`) };
    await make("edit a task", member.send(`${at("plain")}/edit`, edit));
    const move = async (to) => member.send(at("plain"), { action: "move", to, seen: await seen(at("plain")) });
    await make("put a task back", move("backlog"));
    await make("make a task ready", move("ready"));
    const stop = { action: "stop_run", run: live.long.run };
    await make("stop a task's run", owner.send(at("long"), stop));
    await make("stop a run", owner.send(`/runs/${live.longer.run}`, { action: "cancel" }));
    const sandbox = `/sandboxes/${live.longest.sandbox}`;
    await make("stop a sandbox", owner.send(sandbox, { action: "stop" }));
    const start = async () => owner.send(at("plain"), { action: "start", seen: await seen(at("plain")) });
    const agent = { ...edit, agent: project.agent, idempotency_key: formKey() };
    agent.seen = await seen(`${at("plain")}/edit`);
    await done(member.send(`${at("plain")}/edit`, agent));
    await make("start a task", start());
    const decide = async (name, action) =>
      member.send(at(name), { action, seen: await seen(at(name)), reason: "Say why." });
    await make("approve", decide("reviewed", "approve"));
    await make("send back", decide("returned", "reject"));
    // Last: what was judged by the old gate can't be approved any more.
    const gate = { ...project.gate, seen: await seen(project.settings), idempotency_key: formKey() };
    await make("edit the gate", owner.send(project.settings, { ...gate, commands: "true\ntrue" }));
    noteMost("mutations", "mutation", measured);
  });
});
