// What people upload and what agents leave behind: bytes that nobody trusts.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { sourceForm, tarOf } from "../support/archive.mjs";
import { pipeline } from "../support/pipeline.mjs";
import { openRequest } from "../support/raw.mjs";
import { startRunner } from "../support/runner.mjs";
import { PASSWORD, makeTeam, seenOf, visitor } from "../support/visitor.mjs";
import { startWorker, within } from "../support/worker.mjs";

const MB = 1024 * 1024;
const SETTINGS = "/projects/FILES/settings";

let runner, worker, env, team, strangers, vera, files;
before(async () => {
  runner = await startRunner();
  worker = await startWorker({ vars: runner.vars });
  env = await worker.server.getWorker().getEnv();
  [team, strangers, { vera, files }] = [
    await makeTeam(worker, "files", ["admin", "member"]),
    await makeTeam(worker, "strangers"),
    await runThatLeavesFiles(),
  ];
  const made = await team.owner.send("/projects/new", { action: "create", name: "Files", key: "FILES" });
  assert.equal(made.status, 303, made.text);
});
after(async () => {
  await worker?.close();
  await runner?.close();
});

/** What an agent leaves: each a name, and what the shell prints into it. */
const LEFT = {
  "small.png": String.raw`\211PNG\r\n\032\n\000\000\000\rIHDR\000\000\000\012\000\000\000\012\010\006\000\000\000`,
  "huge.png": String.raw`\211PNG\r\n\032\n\000\000\000\rIHDR\000\000\165\060\000\000\165\060\010\006\000\000\000`,
  "photo.png": "<!doctype html><script>alert(document.domain)</script>",
  "drawing.svg": '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
  "paper.pdf": String.raw`%%PDF-1.4\n%%\342\343\317\323\n/JS (app.alert(1))`,
  "film.mp4": String.raw`\000\000\000\030ftypmp42\377\376`,
  "page.html": "<h1>hello</h1><script>fetch('/sign-out')</script>",
  'a"b; c=d.txt': "plain",
  "grün.txt": "plain too",
  "empty.txt": "",
};

/** A workspace with a run that left all of these, a member of it, and the files' ids. */
async function runThatLeavesFiles() {
  const write = ([name, text]) => `printf '${text.replaceAll("'", `'\\''`)}' > 'out/${name}'`;
  const steps = ["mkdir out", ...Object.entries(LEFT).map(write)].join("\n");
  const runs = pipeline(worker);
  const { workspace, started } = await runs.seed({ steps, artifacts: "out/*", commands: "true", reports: "" });
  const end = await runs.ended(started[0].run);
  assert.equal(end.stored.state, "succeeded", JSON.stringify(end.stored));
  const person = { workspace, name: "Vera", email: "vera@example.org", password: PASSWORD, role: "member" };
  const made = await worker.hook("members", { body: new URLSearchParams(person) });
  assert.equal(made.status, 201, await made.text());
  const vera = visitor(worker);
  await vera.signIn(person.email);
  const { results } = await env.DB.prepare("SELECT id, name, sha256 FROM evidence").all();
  return { vera, files: Object.fromEntries(results.map((row) => [row.name.replace("out/", ""), row])) };
}

const address = (name) => `/evidence/${files[name].id}`;

describe("a kept file", () => {
  it("is downloaded, whatever it is, and nothing in it runs (case 65)", async () => {
    for (const name of Object.keys(LEFT)) {
      const { status, headers } = await vera.see(address(name));
      assert.equal(status, 200, name);
      assert.match(headers.get("content-disposition"), /^attachment; filename="/, name);
      assert.equal(headers.get("content-type"), "application/octet-stream", name);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.match(headers.get("content-security-policy"), /^sandbox; default-src 'none'/);
      assert.equal(headers.get("cache-control"), "private, no-cache");
    }
  });

  it("is looked at only as a kind that its bytes are, and that is inert", async () => {
    const shown = async (name) => {
      const { headers } = await vera.see(`${address(name)}?view=1`);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.match(headers.get("content-security-policy"), /^sandbox;/);
      return [headers.get("content-type"), headers.get("content-disposition").split(";")[0]];
    };
    const text = ["text/plain; charset=utf-8", "inline"];
    const saved = ["application/octet-stream", "attachment"];
    assert.deepEqual(await shown("small.png"), ["image/png", "inline"]);
    for (const name of ["photo.png", "drawing.svg", "page.html"]) {
      assert.deepEqual(await shown(name), text, `${name} is shown as its source`);
    }
    assert.deepEqual(await shown("empty.txt"), text);
    for (const name of ["paper.pdf", "film.mp4"]) assert.deepEqual(await shown(name), saved, name);
  });

  it("that says it is 30,000 pixels wide is never decoded (case 67)", async () => {
    const { headers } = await vera.see(`${address("huge.png")}?view=1`);
    assert.match(headers.get("content-disposition"), /^attachment/);
    assert.equal(headers.get("content-type"), "application/octet-stream");
  });

  it("has a name that breaks no header", async () => {
    const named = async (name) => (await vera.see(address(name))).headers.get("content-disposition");
    assert.equal(
      await named('a"b; c=d.txt'),
      `attachment; filename="a_b_ c_d.txt"; filename*=UTF-8''a_b%3B%20c%3Dd.txt`,
    );
    assert.match(await named("grün.txt"), /filename\*=UTF-8''gr%C3%BCn\.txt$/);
  });

  it("isn't sent twice to who has it, and asks each time whether they still may (304)", async () => {
    const first = await vera.see(address("small.png"));
    const tag = first.headers.get("etag");
    assert.equal(tag, `"${files["small.png"].sha256}"`);
    for (const known of [tag, `W/${tag}`, `"x", ${tag}`]) {
      const again = await vera.see(address("small.png"), { headers: { "if-none-match": known } });
      assert.equal(again.status, 304, known);
      assert.equal(again.text, "");
      assert.equal(again.headers.get("etag"), tag);
    }
    const other = await vera.see(address("small.png"), { headers: { "if-none-match": '"x"' } });
    assert.equal(other.status, 200);
    const nobody = await visitor(worker).see(address("small.png"), {
      headers: { "if-none-match": tag },
    });
    assert.equal(nobody.status, 303, "not 304: nothing is told of it");
    const stranger = await strangers.member.see(address("small.png"), {
      headers: { "if-none-match": tag },
    });
    assert.equal(stranger.status, 404);
  });

  it("that is gone from the store says so, and somebody is told (case 47)", async () => {
    await env.EVIDENCE_STORAGE.delete(`sha256/${files["grün.txt"].sha256}`);
    worker.server.clearLogs();
    for (const query of ["", "?view=1"]) {
      const { status, text } = await vera.see(address("grün.txt") + query);
      assert.equal(status, 410);
      assert.match(text, /missing from our storage/);
    }
    const lines = worker.server.getLogs().map((log) => String(log.message));
    const told = lines.filter((line) => line.includes("evidence_lost"));
    assert.equal(told.length, 2);
    assert.ok(told[0].includes(files["grün.txt"].sha256));
  });
});

describe("a source", () => {
  const seen = async () => seenOf((await team.admin.see(SETTINGS)).text);
  const headers = (who) => ({
    ...{ origin: worker.origin, "sec-fetch-site": "same-origin", accept: "text/html" },
    cookie: who.cookie,
  });
  async function upload(who, source) {
    const form = await sourceForm(source);
    const answer = await worker.fetch(SETTINGS, {
      method: "POST",
      headers: { ...headers(who), ...form.headers },
      body: form.body,
    });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  }
  const stored = () =>
    env.DB.prepare("SELECT version FROM projects WHERE key = 'FILES'").first("version");

  it("that is no archive is refused at its field (case 66)", async () => {
    const before = await stored();
    for (const bytes of [Buffer.from("PK\x03\x04 a zip"), Buffer.from("#!/bin/sh"), Buffer.alloc(0)]) {
      const { status, text } = await upload(team.admin, { bytes, seen: await seen() });
      assert.equal(status, 422);
      assert.match(text, /id="source-message"/);
    }
    const { status, text } = await upload(team.admin, { seen: await seen() });
    assert.equal(status, 422);
    assert.match(text, /Choose a file first/);
    assert.equal(await stored(), before);
  });

  it("that is too large is refused with a page, and nothing is kept", async () => {
    const before = (await env.AGENT_ARTIFACTS.list()).objects.length;
    const over = { bytes: tarOf("a", "a", 25 * MB + 512), seen: await seen() };
    const atField = await upload(team.admin, over);
    assert.equal(atField.status, 422);
    assert.match(atField.text, /id="source-message"[^>]*>This is too large/);
    const far = await openRequest(worker.origin, {
      path: SETTINGS,
      headers: {
        cookie: team.admin.cookie,
        "content-type": "multipart/form-data; boundary=x",
        "content-length": 27 * MB,
      },
    });
    assert.equal(await far.status(3_000), 413);
    assert.match(far.text(), /That was too large/);
    await far.close();
    assert.equal((await env.AGENT_ARTIFACTS.list()).objects.length, before);
  });

  it("of 24 MB is taken", async () => {
    const bytes = tarOf("a", "a", 24 * MB);
    const { status, text } = await upload(team.admin, { bytes, seen: await seen() });
    assert.equal(status, 303, text);
  });

  it("has a name that breaks no page", async () => {
    const names = ['a"b<script>alert(1)</script>.tar', "../../etc/passwd", "grün.tar", "%0d%0a.tar"];
    for (const name of names) {
      const form = { bytes: tarOf("a", name), name, seen: await seen() };
      const { status, text } = await upload(team.admin, form);
      assert.equal(status, 303, `${name}: ${text}`);
      const page = (await team.admin.see(SETTINGS)).text;
      assert.ok(!page.includes("<script>alert"), name);
    }
    for (const name of ["a\u202Egnp.tar", `${"x".repeat(300)}.tar`]) {
      const form = { bytes: tarOf("a", name), name, seen: await seen() };
      const { status, text } = await upload(team.admin, form);
      assert.equal(status, 422, name);
      assert.match(text, /id="source-message"/);
    }
  });

  it("of a page that is out of date conflicts, and of two at once one is taken", async () => {
    const version = await seen();
    const send = (content) =>
      upload(team.admin, { bytes: tarOf("a", content), seen: version });
    const both = await Promise.all([send("one"), send("two")]);
    assert.deepEqual(both.map((answer) => answer.status).sort(), [303, 409]);
    assert.equal((await send("three")).status, 409);
  });

  it("kept by R2 and refused by the database changes nothing, and is taken when sent again (case 7)", async () => {
    const version = await seen();
    const bytes = tarOf("a", "refused at first");
    const send = () => upload(team.admin, { bytes, seen: version, key: "refused-at-first-01" });
    const refuse = "CREATE TRIGGER refused BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END";
    await env.DB.prepare(refuse).run();
    try {
      const answer = await send();
      assert.ok(answer.status >= 500, `${answer.status}`);
      assert.ok(answer.text.includes(answer.headers.get("x-request-id")), "a page that helps");
    } finally {
      await env.DB.prepare("DROP TRIGGER refused").run();
    }
    assert.equal(await stored(), Number(version), "no row changed");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    assert.ok(await env.AGENT_ARTIFACTS.head(`sources/${sha256}`), "the bytes stayed");
    assert.equal((await send()).status, 303);
    const source = await env.DB.prepare("SELECT source FROM projects WHERE key = 'FILES'").first("source");
    assert.equal(JSON.parse(source).sha256, sha256);
    assert.equal(await stored(), Number(version) + 1);
  });

  it("sent twice with one key is taken once", async () => {
    const version = await seen();
    const bytes = tarOf("a", "with a key");
    const send = () => upload(team.admin, { bytes, seen: version, key: "the-same-key-0001" });
    const both = await Promise.all([send(), send()]);
    assert.deepEqual(both.map((answer) => answer.status), [303, 303]);
    assert.equal(await stored(), Number(version) + 1);
  });
});

describe("a large body", () => {
  const large = (length) => ({
    "content-type": "multipart/form-data; boundary=x",
    ...(length ? { "content-length": length } : { "transfer-encoding": "chunked" }),
  });

  it("is answered before it comes when its sender may not upload", async () => {
    const senders = [
      [{}, 401],
      [{ cookie: team.member.cookie }, 403],
    ];
    for (const length of [25 * MB, 0]) {
      for (const [headers, expected] of senders) {
        const request = await openRequest(worker.origin, {
          path: SETTINGS,
          headers: { ...large(length), ...headers },
        });
        assert.equal(await request.status(3_000), expected, `${length} ${JSON.stringify(headers)}`);
        await request.close();
      }
    }
  });

  it("waits its turn behind two others, which is told at once", async () => {
    const cookie = team.admin.cookie;
    const open = () =>
      openRequest(worker.origin, { path: SETTINGS, headers: { ...large(25 * MB), cookie } });
    const held = [await open(), await open()];
    await new Promise((resolve) => setTimeout(resolve, 300));
    const third = await open();
    assert.equal(await third.status(3_000), 503);
    assert.match(third.text(), /retry-after: \d/i);
    for (const one of [...held, third]) await one.close();
    // Their ends free the room.
    const seen = seenOf((await team.admin.see(SETTINGS)).text);
    const form = await sourceForm({ bytes: tarOf("a", "after", 2 * MB), seen });
    const headers = { ...form.headers, origin: worker.origin, cookie };
    const answer = await within(
      10_000,
      (async () => {
        for (;;) {
          const answer = await worker.fetch(SETTINGS, { method: "POST", headers, body: form.body });
          await answer.text();
          if (answer.status !== 503) return answer;
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      })(),
    );
    assert.equal(answer.status, 303);
  });
});
