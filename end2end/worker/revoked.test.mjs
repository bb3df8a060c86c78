// Who was let in a moment ago and isn't any more: KV may remember them as long as it likes, the very next
// request asks D1 (case 46).

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { filesForm } from "../support/archive.mjs";
import { exchange, makeKey, readToken } from "../support/credentials.mjs";
import { makeProject } from "../support/project.mjs";
import { everything } from "../support/registry.mjs";
import { startRunner } from "../support/runner.mjs";
import { makeTeam, visitor } from "../support/visitor.mjs";
import { startWorker, until } from "../support/worker.mjs";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

let runner, worker, env, db, team, project, waiting, running;
before(async () => {
  runner = await startRunner();
  worker = await startWorker({ vars: runner.vars });
  env = await worker.server.getWorker().getEnv();
  db = env.DB;
  team = await makeTeam(worker, "revoked", ["admin", "member"]);
  project = await makeProject(worker, team, "GONE");
  waiting = await project.write({ title: "Waits for a decision" });
  const { run } = await project.start(waiting);
  const state = () => db.prepare("SELECT state_name FROM runs WHERE id = ?").bind(run).first("state_name");
  await until((name) => name === "succeeded", state, 30_000);
  running = await project.start(await project.write({ steps: "sleep 600" }));
});
after(async () => {
  await worker?.close();
  await runner?.close();
});

/** What is asked, each by its name: whatever changes something, decides, uploads or listens. */
async function everythingAsked() {
  const json = { "content-type": "application/json" };
  const bytes = { "content-type": "application/octet-stream" };
  const version = async (table, where, of) => {
    const row = db.prepare(`SELECT version FROM ${table} WHERE ${where} = ?`).bind(of);
    return `"${await row.first("version")}"`;
  };
  const seen = await version("tasks", "project_key || '-' || number", waiting);
  const source = await version("projects", "key", "GONE");
  const form = await filesForm([["late.txt", "x"]]);
  return {
    "who it is": ["GET", "/me"],
    "a task": ["GET", `/tasks/${waiting}`],
    "the log": ["GET", `/runs/${running.run}/log`],
    events: ["GET", "/events"],
    "a new task": ["POST", "/projects/GONE/tasks", json, '{"title":"Late"}'],
    "an approval": ["POST", `/tasks/${waiting}/decisions`, { ...json, "if-match": seen }, '{"decision":"approve"}'],
    "a rejection": ["POST", `/tasks/${waiting}/decisions`, { ...json, "if-match": seen }, '{"decision":"reject","reason":"Late"}'],
    "a cancellation": ["POST", `/runs/${running.run}/cancel`],
    "a sandbox": ["POST", "/projects/GONE/sandboxes", json, "{}"],
    "a file": ["POST", `/runs/${running.run}/evidence`, form.headers, form.body],
    "a source": ["PUT", "/projects/GONE/source?name=late.tar", { ...bytes, "if-match": source }, Buffer.alloc(2_000)],
    "a gate": ["PUT", "/projects/GONE/gate", { ...json, "if-match": source }, '{"approval":false}'],
  };
}

const send = async (headers, [method, path, more = {}, body]) => {
  const ours = { origin: worker.origin, "sec-fetch-site": "same-origin" };
  const answer = await worker.fetch(`/api/v1${path}`, { method, body, headers: { ...ours, ...headers, ...more } });
  return { status: answer.status, text: await answer.text() };
};

/** Asks until KV knows who this is, and gives what it says. */
async function remembered(kv, name, headers) {
  assert.equal((await send(headers, ["GET", "/me"])).status, 200);
  return until(
    (entry) => entry !== null && JSON.parse(entry).known,
    async () => {
      await send(headers, ["GET", "/me"]);
      return kv.get(name);
    },
  );
}

/** Everything is refused, each as the first thing that is asked while KV still remembers. */
async function refusedAtOnce(kv, name, entry, headers, status = 401) {
  const before = await everything(db, ["audit"]);
  for (const [what, asked] of Object.entries(await everythingAsked())) {
    await kv.put(name, entry);
    const answer = await send(headers, asked);
    assert.equal(answer.status, status, `${what}: ${answer.text}`);
  }
  assert.deepEqual(await everything(db, ["audit"]), before);
}

describe("a session that KV remembers", () => {
  async function introduced(who = "admin") {
    const one = visitor(worker);
    await one.signIn(team.address(who));
    const name = sha256(one.cookie.split("=")[1]);
    return { one, name, headers: { cookie: one.cookie }, entry: await remembered(env.SESSIONS, name, { cookie: one.cookie }) };
  }

  it("is refused at the very next request once it ended", async () => {
    const { one, name, headers, entry } = await introduced();
    await (await one.post("/sign-out", { action: "sign_out" })).text();
    await refusedAtOnce(env.SESSIONS, name, entry, headers);
    await env.SESSIONS.put(name, entry);
    const socket = await one.get("/live", { headers: { upgrade: "websocket", origin: worker.origin, ...headers } });
    assert.equal(socket.status, 401);
    await socket.text();
    for (const path of ["/", `/tasks/${waiting}`]) {
      await env.SESSIONS.put(name, entry);
      const page = visitor(worker, { cookie: headers.cookie });
      assert.match((await page.see(path)).location, /^\/sign-in/);
    }
  });

  it("of a person who was removed is refused likewise, and one whose role fell may no more", async () => {
    const { one, name, headers, entry } = await introduced();
    const role = (to) =>
      db
        .prepare("UPDATE members SET role = ? WHERE user_id = (SELECT id FROM users WHERE email = ?)")
        .bind(to, team.address("admin"))
        .run();
    await role("viewer");
    for (const [what, asked] of Object.entries(await everythingAsked())) {
      if (asked[0] === "GET") continue;
      await env.SESSIONS.put(name, entry);
      const answer = await send(headers, asked);
      assert.equal(answer.status, 403, `${what}: ${answer.text}`);
    }
    await role("admin");
    assert.equal((await one.see("/")).status, 200);
    const row = await db
      .prepare("SELECT * FROM members WHERE user_id = (SELECT id FROM users WHERE email = ?)")
      .bind(team.address("admin"))
      .first();
    await db.prepare("DELETE FROM members WHERE user_id = ?").bind(row.user_id).run();
    await refusedAtOnce(env.SESSIONS, name, entry, headers);
    const columns = Object.keys(row);
    await db
      .prepare(`INSERT INTO members (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`)
      .bind(...Object.values(row))
      .run();
  });
});

describe("a key that KV remembers", () => {
  const bearer = (credential) => ({ authorization: `Bearer ${credential}` });

  it("is refused at the very next request once it is revoked, and so is its token", async () => {
    const key = await makeKey(worker, team.admin);
    const token = await exchange(worker, key.text);
    const name = sha256(key.text);
    const entry = await remembered(env.API_KEYS, name, bearer(key.text));
    assert.equal((await send(bearer(token), ["GET", "/me"])).status, 200);
    const revoked = await team.admin.send("/settings/keys", { action: "revoke", key: key.id });
    assert.equal(revoked.status, 303, revoked.text);
    await refusedAtOnce(env.API_KEYS, name, entry, bearer(key.text));
    const { claims } = readToken(token);
    assert.equal(claims.sub, key.id);
    await refusedAtOnce(env.API_KEYS, key.id, entry, bearer(token));
  });

  it("is refused once its time is over or its owner has gone", async () => {
    for (const [sql, about] of [
      ["UPDATE api_keys SET expires_at = ?1 WHERE id = ?2", "its time is over"],
      ["UPDATE api_keys SET revoked_at = ?1 WHERE id = ?2", "somebody else revoked it"],
      ["UPDATE members SET joined_at = ?1 + 1 WHERE user_id = (SELECT user_id FROM api_keys WHERE id = ?2)", "its owner left and came back"],
    ]) {
      const key = await makeKey(worker, team.member, { scopes: ["read", "tasks:write", "runs:write", "evidence:write"] });
      const name = sha256(key.text);
      const entry = await remembered(env.API_KEYS, name, bearer(key.text));
      await db.prepare(sql).bind(Date.now(), key.id).run();
      await refusedAtOnce(env.API_KEYS, name, entry, bearer(key.text));
      assert.ok(about);
    }
  });

  it("is nobody's where KV alone knows it, and whose it is where KV says somebody else", async () => {
    const key = await makeKey(worker, team.owner, { scopes: ["read"] });
    const name = sha256(key.text);
    const entry = JSON.parse(await remembered(env.API_KEYS, name, bearer(key.text)));
    const other = JSON.stringify({ ...entry, known: { principal: "usr_00000000000000000000000000", workspace: null } });
    await env.API_KEYS.put(name, other);
    const me = await send(bearer(key.text), ["GET", "/me"]);
    assert.equal(JSON.parse(me.text).key.id, key.id);
    for (const garbage of ["", "{", "[]", '{"known":5}', "x".repeat(100_000)]) {
      await env.API_KEYS.put(name, garbage);
      assert.equal((await send(bearer(key.text), ["GET", "/me"])).status, 200, garbage.slice(0, 20));
    }
  });
});
