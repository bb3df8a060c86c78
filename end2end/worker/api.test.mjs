// What only HTTP shows of the API: credentials, bodies, headers, and its documentation.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { makeTeam } from "../support/visitor.mjs";
import { startWorker, until } from "../support/worker.mjs";

let worker, db, team, owner, member, cookie;
before(async () => {
  worker = await startWorker();
  ({ DB: db } = await worker.server.getWorker().getEnv());
  team = await makeTeam(worker, "api", ["member"]);
  ({ owner, member } = team);
  ({ cookie } = owner);
});
after(() => worker?.close());

/** A request of a signed-in page. */
const ask = (method, path, { body, headers = {} } = {}) =>
  worker.fetch(`/api/v1${path}`, {
    method,
    body,
    headers: { cookie, origin: worker.origin, "sec-fetch-site": "same-origin", ...headers },
  });

const post = (path, value, headers = {}) =>
  ask("POST", path, {
    body: typeof value === "string" ? value : JSON.stringify(value),
    headers: { "content-type": "application/json", ...headers },
  });

async function refusal(answer) {
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.equal(answer.headers.get("cache-control"), "private, no-store");
  const problem = await answer.json();
  assert.equal(problem.request_id, answer.headers.get("x-request-id"));
  return [answer.status, problem.code];
}

describe("the API", () => {
  it("creates once, reads with a version, and says what is still the same", async () => {
    const key = { "idempotency-key": "project-once" };
    const [first, second] = await Promise.all(
      [1, 2].map(() => post("/projects", { key: "HTTP", name: "Over HTTP" }, key)),
    );
    assert.deepEqual([first.status, second.status], [201, 201]);
    assert.equal(await first.text(), await second.text());
    const read = await ask("GET", "/projects/HTTP");
    assert.equal(read.headers.get("etag"), '"1"');
    assert.equal(read.headers.get("vary"), "Origin");
    const same = await ask("GET", "/projects/HTTP", { headers: { "if-none-match": '"1"' } });
    assert.deepEqual([same.status, await same.text()], [304, ""]);
    const head = await ask("HEAD", "/projects/HTTP");
    assert.deepEqual([head.status, await head.text()], [200, ""]);
  });

  it("does once what is asked twenty times at once under one key (case 30)", async () => {
    const count = () => db.prepare("SELECT COUNT(*) AS n FROM tasks").first("n");
    const before = await count();
    const headers = { "idempotency-key": "twenty-times-at-once" };
    const asking = () => post("/projects/HTTP/tasks", { title: "Once" }, headers);
    const answers = await Promise.all(Array.from({ length: 20 }, asking));
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    for (const [index, { status }] of answers.entries()) assert.ok([201, 409].includes(status), texts[index]);
    const made = texts.filter((_, index) => answers[index].status === 201);
    assert.ok(made.length > 0);
    assert.equal(new Set(made).size, 1, "one answer");
    assert.equal(await count(), before + 1);
    const replayed = await asking();
    assert.deepEqual([replayed.status, replayed.headers.get("idempotency-replayed")], [201, "true"]);
    assert.equal(await replayed.text(), made[0]);
  });

  it("takes a key for one request of one person, for a day (case 31)", async () => {
    const headers = { "idempotency-key": "of-one-request-alone" };
    const first = await post("/projects/HTTP/tasks", { title: "First" }, headers);
    assert.equal(first.status, 201);
    const { key } = await first.json();
    const other = await post("/projects/HTTP/tasks", { title: "Other" }, headers);
    assert.deepEqual(await refusal(other), [422, "key_reused"]);
    const elsewhere = await post("/projects", { key: "ELSE", name: "Elsewhere" }, headers);
    assert.deepEqual(await refusal(elsewhere), [422, "key_reused"]);
    const theirs = await post("/projects/HTTP/tasks", { title: "Other" }, { ...headers, cookie: member.cookie });
    assert.equal(theirs.status, 201, "another person's key of that name is another");
    assert.notEqual((await theirs.json()).key, key);
    const day = 24 * 3_600_000;
    await db.prepare("UPDATE idempotency SET at = at - ? WHERE key = ?").bind(day + 1, "of-one-request-alone").run();
    const later = await post("/projects/HTTP/tasks", { title: "Other" }, headers);
    assert.equal(later.status, 201, "a day later it is new");
    for (const odd of ["short", "x".repeat(300), "a b c d e f g h", "ünïcödé-këy"]) {
      const text = Buffer.from(odd).toString("latin1");
      const answer = await post("/projects/HTTP/tasks", { title: "Odd" }, { "idempotency-key": text });
      assert.equal(answer.status, 400, odd);
      await answer.text();
    }
  });

  it("refuses bodies that could mean two things, and none is a fault of ours", async () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    for (const [body, status, code] of [
      ["", 400, "malformed_json"],
      ["{", 400, "malformed_json"],
      ['{"key":"A1","key":"A2","name":"x"}', 400, "malformed_json"],
      [deep, 400, "malformed_json"],
      ['{"key":12345678901234567890,"name":"x"}', 400, "malformed_json"],
      ['{"key":"A1","name":"x","__proto__":{}}', 422, "unknown_field"],
      ['{"key":"A1"}', 422, "invalid"],
      ["null", 422, "invalid"],
      [`{"key":"A1","name":"${"x".repeat(1 << 20)}"}`, 413, "too_large"],
    ]) {
      assert.deepEqual(await refusal(await post("/projects", body)), [status, code], body.slice(0, 60));
    }
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"]) {
      const answer = await post("/projects", { key: "A1", name: "x" }, { "content-type": type });
      assert.deepEqual(await refusal(answer), [415, "unsupported_type"], type);
    }
    const packed = await post("/projects", { key: "A1", name: "x" }, { "content-encoding": "gzip" });
    assert.deepEqual(await refusal(packed), [415, "unsupported_type"]);
    assert.equal((await ask("GET", "/projects/A1")).status, 404, "nothing was made");
  });

  it("takes a source of many megabytes from who may send it, for the version that was seen", async () => {
    const bytes = Buffer.concat([Buffer.from("# v2 git bundle\n"), randomBytes(3 << 20)]);
    const put = (headers) =>
      ask("PUT", "/projects/HTTP/source?name=a.bundle", {
        body: bytes,
        headers: { "content-type": "application/octet-stream", ...headers },
      });
    assert.deepEqual(await refusal(await put({})), [428, "precondition_required"]);
    assert.deepEqual(await refusal(await put({ "if-match": '"9"' })), [412, "precondition_failed"]);
    assert.equal((await put({ "if-match": '"1"' })).status, 204);
    const { source, version } = await (await ask("GET", "/projects/HTTP")).json();
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    assert.deepEqual([source.sha256, source.name, version], [sha256, "a.bundle", 2]);
    const nobody = await worker.fetch("/api/v1/projects/HTTP/source", {
      method: "PUT",
      body: bytes,
      headers: { authorization: "Bearer mt_no", "content-type": "application/octet-stream", "if-match": '"2"' },
    });
    assert.deepEqual(await refusal(nobody), [401, "signed_out"]);
  });

  it("changes nothing with a cookie from another site", async () => {
    const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    const answer = await post("/projects", { key: "EVIL", name: "x" }, foreign);
    assert.deepEqual(await refusal(answer), [403, "foreign_origin"]);
    const read = await ask("GET", "/me", { headers: foreign });
    assert.equal(read.headers.get("access-control-allow-origin"), null, "and it can't be read");
  });

  it("knows its paths by method", async () => {
    assert.deepEqual(await refusal(await ask("GET", "/nothing/here")), [404, "not_found"]);
    assert.deepEqual(await refusal(await ask("GET", "")), [404, "not_found"]);
    const wrong = await ask("DELETE", "/projects/HTTP");
    assert.equal(wrong.headers.get("allow"), "GET, HEAD, OPTIONS");
    assert.deepEqual(await refusal(wrong), [405, "method_not_allowed"]);
  });
});

describe("events", () => {
  const newest = async () => (await (await ask("GET", "/events?limit=100")).json()).next;

  it("are told to everybody who waits, as soon as they happen", async () => {
    const place = await newest();
    const waiting = [1, 2, 3].map(() => ask("GET", `/events?after=${place}&wait=20`));
    await pause(1_500);
    assert.equal((await post("/projects", { key: "NUDGE", name: "Awaited" })).status, 201);
    const made = Date.now();
    for (const answer of await Promise.all(waiting)) {
      const { items } = await answer.json();
      assert.equal(items[0].name, "project_created");
    }
    // Without a nudge they would look again after ten seconds.
    assert.ok(Date.now() - made < 4_000, `${Date.now() - made} ms`);
  });

  it("that happened before anybody waited are told at once, and none at the end of the time", async () => {
    const place = await newest();
    const began = Date.now();
    const told = await (await ask("GET", `/events?after=${place - 1}&wait=20`)).json();
    assert.deepEqual([told.items.length, told.next], [1, place]);
    const none = await (await ask("GET", `/events?after=${place}&wait=1`)).json();
    assert.deepEqual(none, { items: [], next: place });
    assert.ok(Date.now() - began < 4_000, `${Date.now() - began} ms`);
  });
});

describe("keys", () => {
  it("are made once, shown once, and refused from the next request on when they are revoked", async () => {
    const wanted = { name: "Nightly", scopes: ["read", "audit:read"], expires: "30" };
    const once = { "idempotency-key": "a-key-made-once" };
    const answers = await Promise.all([1, 2].map(() => post("/keys", wanted, once)));
    assert.deepEqual(answers.map(({ status }) => status), [201, 201]);
    const made = await Promise.all(answers.map((answer) => answer.json()));
    assert.equal(made[0].id, made[1].id);
    const secrets = made.map(({ secret }) => secret).filter(Boolean);
    assert.equal(secrets.length, 1, "one answer shows it");
    const bearer = { authorization: `Bearer ${secrets[0]}` };
    const read = (path) => worker.fetch(`/api/v1${path}`, { headers: bearer });
    assert.equal((await (await read("/me")).json()).key.id, made[0].id);
    assert.equal((await read("/audit?limit=1")).status, 200);
    assert.equal((await ask("DELETE", `/keys/${made[0].id}`)).status, 204);
    assert.deepEqual(await refusal(await read("/me")), [401, "signed_out"]);
  });
});

describe("the audit log", () => {
  it("is a file for a spreadsheet and for programs", async () => {
    const listed = (await (await ask("GET", "/audit?limit=100&outcome=done")).json()).items;
    const csv = await ask("GET", "/audit/export?format=csv&outcome=done");
    assert.equal(csv.headers.get("content-disposition"), 'attachment; filename="audit.csv"');
    const rows = (await csv.text()).trimEnd().split("\r\n");
    assert.ok(listed.length > 2 && rows.length === listed.length + 1, `${rows.length} rows`);
    const lines = (await (await ask("GET", "/audit/export?outcome=done")).text()).trimEnd().split("\n");
    assert.deepEqual(lines.map((line) => JSON.parse(line).id), listed.map(({ id }) => id));
  });

  it("names what was missing of whom it notes that they were refused", async () => {
    assert.equal((await team.member.get("/settings/audit")).status, 403);
    const asked = await worker.fetch("/api/v1/audit", { headers: { cookie: team.member.cookie } });
    assert.equal(asked.status, 403);
    const made = await (await post("/keys", { name: "Reads", scopes: ["read"], expires: "30" })).json();
    const headers = { authorization: `Bearer ${made.secret}` };
    assert.equal((await worker.fetch("/api/v1/audit", { headers })).status, 403);
    const refused = async () => (await (await ask("GET", "/audit?outcome=refused&action=request")).json()).items;
    // They are written behind the answers.
    const entries = await until((all) => all.length === 3, refused);
    const told = entries.map(({ target, reason }) => [target.id, reason]).toSorted();
    assert.deepEqual(told, [
      ["GET /api/v1/audit", "audit:read"],
      ["GET /api/v1/audit", "read_audit"],
      ["GET /settings/audit", "read_audit"],
    ]);
  });
});

describe("its documentation", () => {
  it("is the table's, loads nothing from elsewhere, and follows the theme", async () => {
    const description = await worker.fetch("/api/v1/openapi.json");
    assert.match(description.headers.get("content-type"), /^application\/json/);
    const { openapi, paths } = await description.json();
    assert.equal(openapi, "3.1.0");
    const page = await worker.fetch("/api/docs", { headers: { cookie: "theme=dark", accept: "text/html" } });
    assert.equal(page.status, 200);
    assert.match(page.headers.get("content-security-policy"), /default-src 'none'/);
    const html = await page.text();
    assert.match(html, /data-theme="dark"/);
    assert.ok(html.includes(`curl ${worker.origin}/api/v1/me`), "its examples are for this very site");
    assert.ok(!html.includes("monotask.example"));
    for (const methods of Object.values(paths)) {
      for (const { operationId } of Object.values(methods)) assert.ok(html.includes(`id="${operationId}"`));
    }
    const style = /href="(\/assets-[^"]+)"/.exec(html)[1];
    assert.equal((await worker.fetch(style)).status, 200);
  });
});
