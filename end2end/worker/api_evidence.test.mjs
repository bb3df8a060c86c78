// Files that programs add to runs and read back, through workerd into R2 and D1: whole, in parts, broken
// off, too large, untrue, under names that nobody should have.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { filesForm } from "../support/archive.mjs";
import { makeKey } from "../support/credentials.mjs";
import { pipeline } from "../support/pipeline.mjs";
import { makeProject } from "../support/project.mjs";
import { openRequest } from "../support/raw.mjs";
import { startRunner } from "../support/runner.mjs";
import { makeTeam } from "../support/visitor.mjs";
import { startWorker, until } from "../support/worker.mjs";

const MB = 1024 * 1024;
const sha256 = (bytes, encoding = "hex") => createHash("sha256").update(bytes).digest(encoding);
const digestOf = (bytes) => `sha-256=:${sha256(bytes, "base64")}:`;

let runner, worker, env, team, run, key, project;
before(async () => {
  runner = await startRunner();
  worker = await startWorker({ vars: runner.vars });
  env = await worker.server.getWorker().getEnv();
  team = await makeTeam(worker, "files", ["member", "viewer"]);
  project = await makeProject(worker, team, "FILES");
  ({ run } = await project.start(await project.write({ steps: "sleep 600" })));
  key = await makeKey(worker, team.member, { scopes: ["read", "evidence:write"] });
});
after(async () => {
  await worker?.close();
  await runner?.close();
});

const address = (name, id = run) => `/api/v1/runs/${id}/evidence${name ? `?name=${encodeURIComponent(name)}` : ""}`;
const asProgram = (headers = {}) => ({ authorization: `Bearer ${key.text}`, ...headers });

async function read(answer) {
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, headers: answer.headers, bytes, text: bytes.length < MB ? bytes.toString() : "" };
}

/** Adds one file as it is, with all that belongs to it. */
const add = async (name, bytes, headers = {}) =>
  read(
    await worker.fetch(address(name), {
      method: "POST",
      body: bytes,
      headers: asProgram({
        "content-type": "application/octet-stream",
        "content-digest": digestOf(bytes),
        ...headers,
      }),
    }),
  );

/** Adds files in a form, each a name and its bytes. */
async function addForm(files, headers = {}) {
  const form = await filesForm(files);
  const sent = { method: "POST", body: form.body, headers: asProgram({ ...form.headers, ...headers }) };
  return read(await worker.fetch(address(), sent));
}

const get = async (path, headers = {}, method = "GET") =>
  read(await worker.fetch(path, { method, headers: asProgram(headers) }));
const items = ({ status, text }) => {
  assert.equal(status, 201, text);
  return JSON.parse(text).items;
};
const code = ({ status, text }) => [status, JSON.parse(text).code];

/** What is kept: rows of this run, and whether there is an object of these bytes. */
const rows = () => env.DB.prepare("SELECT COUNT(*) AS n FROM evidence WHERE run_id = ?").bind(run).first("n");
async function objects() {
  const { objects: listed } = await env.EVIDENCE_STORAGE.list();
  return listed.map((object) => object.key).sort();
}

/** Fails unless what is done here keeps nothing. */
async function keepsNothing(doing) {
  const before = [await rows(), await objects()];
  const result = await doing();
  assert.deepEqual([await rows(), await objects()], before);
  return result;
}

describe("a file of 60 MB", () => {
  const bytes = randomBytes(60 * MB);
  let content;

  it("is taken as it comes, and kept under its hash", async () => {
    const [added] = items(await add("large.bin", bytes));
    assert.deepEqual([added.name, added.sha256], ["large.bin", sha256(bytes)]);
    const record = await get(added.href);
    assert.equal(record.headers.get("etag"), '"1"');
    ({ content } = JSON.parse(record.text));
    assert.equal(JSON.parse(record.text).size, bytes.length);
  });

  it("comes back whole, and is described without its bytes", async () => {
    const whole = await get(content);
    assert.equal(whole.status, 200);
    assert.equal(sha256(whole.bytes), sha256(bytes));
    const head = await get(content, {}, "HEAD");
    assert.deepEqual([head.status, head.bytes.length], [200, 0]);
    for (const { headers } of [whole, head]) {
      assert.equal(headers.get("content-length"), String(bytes.length));
      assert.equal(headers.get("content-digest"), digestOf(bytes));
      assert.equal(headers.get("repr-digest"), digestOf(bytes));
      assert.equal(headers.get("etag"), `"${sha256(bytes)}"`);
      assert.equal(headers.get("accept-ranges"), "bytes");
      assert.equal(headers.get("content-disposition"), `attachment; filename="large.bin"; filename*=UTF-8''large.bin`);
      assert.match(headers.get("content-security-policy"), /^sandbox; default-src 'none'/);
    }
  });

  it("comes in the part that is asked for", async () => {
    const size = bytes.length;
    for (const [range, first, end] of [
      ["bytes=0-0", 0, 1],
      ["bytes=0-1023", 0, 1024],
      [`bytes=${30 * MB - 7}-${30 * MB + 6}`, 30 * MB - 7, 30 * MB + 7],
      [`bytes=${size - 5}-`, size - 5, size],
      ["bytes=-5", size - 5, size],
      [`bytes=${size - 3}-${size + 500}`, size - 3, size],
      ["BYTES=2-4", 2, 5],
    ]) {
      const part = await get(content, { range });
      assert.equal(part.status, 206, range);
      assert.ok(part.bytes.equals(bytes.subarray(first, end)), range);
      assert.equal(part.headers.get("content-range"), `bytes ${first}-${end - 1}/${size}`);
      assert.equal(part.headers.get("content-length"), String(end - first));
      assert.equal(part.headers.get("content-digest"), null, "the digest of a part isn't known");
    }
    const longest = await get(content, { range: `bytes=-${size + 1}` });
    assert.deepEqual([longest.status, longest.bytes.length], [206, size]);
  });

  it("has no part past its end", async () => {
    for (const range of [`bytes=${bytes.length}-`, "bytes=-0", `bytes=${"9".repeat(30)}-`, "bytes=99999999-999999999"]) {
      const answer = await get(content, { range });
      assert.deepEqual(code(answer), [416, "range_not_satisfiable"], range);
      assert.equal(answer.headers.get("content-range"), `bytes */${bytes.length}`);
    }
  });
});

describe("a small file", () => {
  const bytes = Buffer.from("0123456789");
  const tag = `"${sha256(bytes)}"`;
  let content;
  before(async () => {
    const [added] = items(await addForm([["notes/a.txt", bytes]]));
    content = `${added.href}/content`;
  });

  it("comes whole where more than one part is asked for, or nothing that is a part", async () => {
    for (const range of ["bytes=0-1,4-5", "bytes=5-2", "bytes=a-b", "bytes", "bytes=", "bytes=-", "lines=1-2", "bytes=1-2-3"]) {
      const answer = await get(content, { range });
      assert.deepEqual([answer.status, answer.text], [200, "0123456789"], range);
    }
  });

  it("isn't sent again to whoever has it, and a part only of what they have", async () => {
    for (const known of [tag, `W/${tag}`, `"x", ${tag}`, "*"]) {
      const same = await get(content, { "if-none-match": known });
      assert.deepEqual([same.status, same.text, same.headers.get("etag")], [304, "", tag], known);
    }
    assert.equal((await get(content, { "if-none-match": '"x"' })).status, 200);
    assert.equal((await get(content, { range: "bytes=2-4", "if-range": tag })).text, "234");
    assert.equal((await get(content, { range: "bytes=2-4", "if-range": '"x"' })).text, "0123456789");
    assert.equal((await get(content, { range: "bytes=2-4" }, "HEAD")).headers.get("content-length"), "3");
  });

  it("that is there already is no news, and no other may have its name", async () => {
    const again = await keepsNothing(() => addForm([["notes/a.txt", bytes]]));
    assert.equal(again.status, 200, again.text);
    const other = await keepsNothing(() => addForm([["notes/a.txt", Buffer.from("other")]]));
    assert.equal(other.status, 422, other.text);
  });

  it("is kept once under one Idempotency-Key, and another body is refused under it (case 31)", async () => {
    const headers = { "idempotency-key": "one-file-and-no-other" };
    const [one, two] = await Promise.all([1, 2].map(() => addForm([["once.txt", "once"]], headers)));
    const [first, second] = [one, two].map(({ text }) => JSON.parse(text).items?.[0].id);
    assert.equal(first, second);
    const third = await addForm([["twice.txt", "twice"]], headers);
    assert.deepEqual(code(third), [422, "key_reused"]);
  });

  it("of nothing is a file too", async () => {
    const [empty] = items(await add("empty.txt", Buffer.alloc(0)));
    const whole = await get(`${empty.href}/content`);
    assert.deepEqual([whole.status, whole.bytes.length], [200, 0]);
    assert.equal((await get(`${empty.href}/content`, { range: "bytes=0-" })).status, 416);
  });

  it("whose bytes are gone says so (case 47)", async () => {
    const [lost] = items(await addForm([["lost.txt", "lost"]]));
    const listed = (await objects()).find((name) => name.includes(lost.sha256));
    await env.EVIDENCE_STORAGE.delete(listed);
    assert.deepEqual(code(await get(`${lost.href}/content`)), [404, "evidence_lost"]);
    assert.equal((await get(lost.href)).status, 200, "its record is there");
    const said = worker.server.getLogs().map((line) => String(line.message)).join("\n");
    assert.ok(said.includes("evidence_lost"), "and the log tells");
  });
});

describe("what isn't taken", () => {
  it("is larger than a file may be, and nothing of it is kept", async () => {
    await keepsNothing(async () => {
      const headers = { "content-type": "text/plain", "content-digest": digestOf(Buffer.alloc(0)) };
      const sent = await openRequest(worker.origin, {
        path: address("huge.bin"),
        headers: asProgram({ ...headers, "content-length": String(100 * MB + 1) }),
        body: "only the beginning",
      });
      assert.equal(await sent.status(10_000), 413);
      await sent.close();
      const form = await addForm([["huge.bin", Buffer.alloc(27 * MB)]]);
      assert.equal(form.status, 413, form.text);
    });
  });

  it("doesn't say how large it is", async () => {
    await keepsNothing(async () => {
      const sent = await openRequest(worker.origin, {
        path: address("endless.bin"),
        headers: asProgram({
          "content-type": "text/plain",
          "content-digest": digestOf(Buffer.from("abc")),
          "transfer-encoding": "chunked",
        }),
        body: "3\r\nabc\r\n",
      });
      assert.equal(await sent.status(10_000), 411);
      await sent.close();
    });
  });

  it("breaks off, and nothing of it is kept; the whole is, later (case 6)", async () => {
    const bytes = randomBytes(2 * MB);
    await keepsNothing(async () => {
      for (const part of [0, 100_000, 1_500_000]) {
        const sent = await openRequest(worker.origin, {
          path: address("broken.bin"),
          headers: asProgram({
            "content-type": "application/octet-stream",
            "content-digest": digestOf(bytes),
            "content-length": String(bytes.length),
          }),
        });
        await new Promise((resolve) => sent.socket.write(bytes.subarray(0, part), resolve));
        await sent.close();
      }
      const form = await openRequest(worker.origin, {
        path: address(),
        headers: asProgram({ "content-type": "multipart/form-data; boundary=X", "content-length": "100000" }),
        body: '--X\r\nContent-Disposition: form-data; name="file"; filename="half.txt"\r\n\r\nhalf of it\r\n--X--\r\n',
      });
      await form.close();
      // Whatever the Worker made of those, it has done so by the time it has served as many again.
      for (let n = 0; n < 20; n += 1) assert.equal((await get("/api/v1/me")).status, 200);
    });
    const [whole] = items(await add("broken.bin", bytes));
    assert.equal(whole.sha256, sha256(bytes));
  });

  it("isn't what it says", async () => {
    const [bytes, other] = [Buffer.from("what is sent"), Buffer.from("what is said")];
    await keepsNothing(async () => {
      const wrong = await add("wrong.txt", bytes, { "content-digest": digestOf(other) });
      assert.equal(wrong.status, 422, wrong.text);
      for (const digest of ["sha-256=:AAAA:", "md5=:AAAA:", sha256(bytes), "sha-256=::", `sha-256=${sha256(bytes)}`]) {
        const unread = await add("wrong.txt", bytes, { "content-digest": digest });
        assert.equal(unread.status, 400, `${digest}: ${unread.text}`);
      }
      const without = await worker.fetch(address("wrong.txt"), {
        method: "POST",
        body: bytes,
        headers: asProgram({ "content-type": "text/plain" }),
      });
      assert.deepEqual(code(await read(without)), [400, "digest_required"]);
    });
  });

  it("is no form that can be read", async () => {
    const parts = (head, body = "x") => `--X\r\n${head}\r\n\r\n${body}\r\n--X--\r\n`;
    const file = 'Content-Disposition: form-data; name="file"; filename="a.txt"';
    await keepsNothing(async () => {
      for (const [type, body, status] of [
        ["multipart/form-data; boundary=X", parts('Content-Disposition: form-data; name="note"'), 422],
        ["multipart/form-data; boundary=X", "no parts", 400],
        ["multipart/form-data; boundary=X", parts(file).slice(0, -8), 400],
        ["multipart/form-data; boundary=Y", parts(file), 400],
        ["multipart/form-data", parts(file), 400],
        ["multipart/form-data; boundary=X", "", 400],
        ["multipart/form-data; boundary=X", parts("Content-Type: text/plain"), 400],
      ]) {
        const sent = { method: "POST", body, headers: asProgram({ "content-type": type }) };
        const answer = await read(await worker.fetch(address(), sent));
        assert.ok([400, 422].includes(answer.status), `${type} ${body}: ${answer.status} ${answer.text}`);
        assert.equal(answer.status, status, `${type} ${body}: ${answer.text}`);
      }
      const many = Array.from({ length: 21 }, (_, n) => [`${n}.txt`, "x"]);
      assert.equal((await addForm(many)).status, 422);
      assert.equal((await addForm([["same.txt", "one"], ["same.txt", "other"]])).status, 422);
    });
  });

  it("is called what no file may be", async () => {
    const long = "x".repeat(5_000);
    const hostile = ["", "/etc/passwd", "../up.txt", "a/../../up", "..", ".", "a//b", "a/", "a/./b"];
    hostile.push("a\u0000b", "a\r\nSet-Cookie: x=y", "a\nb", "a\u0085b", "\u202Elmth.exe", long, "\ud800");
    await keepsNothing(async () => {
      for (const name of hostile) {
        const query = name.isWellFormed() ? encodeURIComponent(name) : "%ed%a0%80";
        const sent = { method: "POST", body: "x", headers: asProgram({ "content-type": "text/plain", "content-digest": digestOf("x") }) };
        const answer = await read(await worker.fetch(`${address()}?name=${query}`, sent));
        assert.ok([400, 422].includes(answer.status), `${JSON.stringify(name.slice(0, 40))}: ${answer.status} ${answer.text}`);
        for (const [, value] of answer.headers) assert.ok(!value.includes("x=y"));
      }
    });
  });

  it("is sent by whoever may not", async () => {
    await keepsNothing(async () => {
      const sent = { method: "POST", body: "x" };
      const headers = { "content-type": "text/plain", "content-digest": digestOf("x") };
      const ours = { origin: worker.origin, "sec-fetch-site": "same-origin" };
      const as = async (more) => read(await worker.fetch(address("a.txt"), { ...sent, headers: { ...headers, ...more } }));
      assert.deepEqual(code(await as({ ...ours, cookie: team.viewer.cookie })), [403, "forbidden"]);
      const reader = await makeKey(worker, team.member, { scopes: ["read"] });
      assert.deepEqual(code(await as({ authorization: `Bearer ${reader.text}` })), [403, "out_of_scope"]);
      assert.equal((await as(ours)).status, 401);
      assert.equal((await as({ cookie: team.member.cookie, origin: "https://evil.example" })).status, 403);
    });
  });
});

describe("a name that is odd and yet one", () => {
  it("breaks no header, and what is under it is never shown by a browser (case 65)", async () => {
    const page = Buffer.from("<!doctype html><script>alert(1)</script>");
    for (const [name, plain] of [
      ['a"; filename=evil.html', "a__ filename_evil.html"],
      ["grün.svg", "gr_n.svg"],
      ["page.html", "page.html"],
      ["photo.png", "photo.png"],
      ["a\\..\\up.html", "up.html"],
      ["C:\\boot.html", "boot.html"],
      ["💥", "_"],
    ]) {
      const [added] = items(await add(name, page));
      assert.equal(added.name, name);
      const { headers, text } = await get(`${added.href}/content`);
      assert.equal(text, page.toString());
      const disposition = headers.get("content-disposition");
      assert.ok(disposition.startsWith(`attachment; filename="${plain}"`), `${name}: ${disposition}`);
      assert.ok(!/html|svg|xml|script/.test(headers.get("content-type")), headers.get("content-type"));
      assert.equal(headers.get("x-content-type-options"), "nosniff");
    }
  });
});

describe("many files at once", () => {
  it("are all kept, whoever was faster", async () => {
    const before = await rows();
    const names = Array.from({ length: 8 }, (_, n) => `at-once/${n}.txt`);
    const answers = await Promise.all(names.map((name) => add(name, Buffer.from(name))));
    for (const answer of answers) assert.equal(answer.status, 201, answer.text);
    assert.equal(await rows(), before + names.length);
    const listed = JSON.parse((await get(`${address()}?limit=100`)).text).items.map(({ name }) => name);
    for (const name of names) assert.ok(listed.includes(name), name);
  });
});

describe("a Worker that breaks off", () => {
  it("between R2 and D1 leaves no row, and the same file is taken when it comes again (cases 6 and 7)", async () => {
    const { ask } = pipeline(worker);
    for (const point of ["before_upload", "after_upload"]) {
      const bytes = Buffer.from(`kept ${point}`);
      const before = await rows();
      await ask("arm", { point, trap: true });
      const answer = await add(`${point}.txt`, bytes);
      assert.equal(answer.status, 503, answer.text);
      assert.equal(await rows(), before, point);
      const again = await until(({ status }) => status === 201, () => add(`${point}.txt`, bytes));
      assert.equal(JSON.parse(again.text).items[0].sha256, sha256(bytes));
      assert.equal(await rows(), before + 1);
    }
    const { wrong } = await pipeline(worker).integrity();
    // One test took an object away on purpose.
    assert.deepEqual(wrong.filter((what) => !what.includes("lost.txt")), []);
  });
});
