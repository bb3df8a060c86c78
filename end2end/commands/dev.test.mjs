// `cargo xtask dev` as people use it: ready when it says so, data kept between starts, nothing left
// behind when it is stopped.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { freePort, startDev, xtask } from "../support/dev.mjs";
import { root } from "../support/worker.mjs";

const state = mkdtempSync(join(tmpdir(), "monotask-dev-"));
/** Every process of a start inherits this, however far it is from the first one. */
const mark = randomUUID();
after(() => rmSync(state, { recursive: true, force: true }));

const start = (port, ...flags) =>
  startDev({ port, state, flags, env: { MONOTASK_START: mark } });

/** The processes that carry the mark, by what the kernel knows of their environment. */
function marked() {
  const found = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, "latin1").includes(mark)) {
        found.push(`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ")}`);
      }
    } catch {
      // It ended meanwhile, or isn't ours to see.
    }
  }
  return found;
}

async function signIn(origin, email, password) {
  const answer = await fetch(`${origin}/sign-in`, {
    method: "POST",
    redirect: "manual",
    headers: { origin, "sec-fetch-site": "same-origin", accept: "text/html" },
    body: new URLSearchParams({ action: "sign_in", email, password }),
  });
  await answer.body?.cancel();
  return answer.status === 303 ? answer.headers.get("set-cookie").split(";")[0] : null;
}

describe("cargo xtask dev", () => {
  it("seeds believable people, keeps their data, and leaves no process behind", { timeout: 400_000 }, async () => {
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    const first = await start(port, "--seed", "demo");
    assert.ok(first.said.includes(origin), "it names its address");
    const people = [...first.said.matchAll(/\S+@\S+\.\S+/g)].map(([email]) => email);
    assert.equal(new Set(people).size, 4, `an owner, an admin, a member and a viewer:\n${first.said}`);
    for (const role of ["owner", "admin", "member", "viewer"]) assert.match(first.said, new RegExp(role, "i"));
    const password = first.said.match(/password[^\S\n]*:?[^\S\n]+(\S+)/i)?.[1];
    const cookie = await signIn(origin, people[0], password);
    assert.ok(cookie, `the printed sign-in works:\n${first.said}`);
    assert.ok(marked().length > 2, "the mark is inherited");

    await assert.rejects(start(port), /port \d+ is in use/, "a second start says why it can't");
    await first.stop("SIGTERM");
    assert.deepEqual(marked(), []);

    const second = await start(port);
    const page = await fetch(`${origin}/`, { headers: { cookie, accept: "text/html" } });
    assert.equal(page.status, 200, "the session outlived the stop");
    assert.match(await page.text(), /My work/);
    await second.stop("SIGINT");
    assert.deepEqual(marked(), []);
  });

  it("refuses flags that it doesn't know", async () => {
    const child = spawn(xtask, ["dev", "--sed", "demo"], { cwd: root });
    let said = "";
    child.stderr.on("data", (text) => (said += text));
    assert.notEqual(await new Promise((resolve) => child.once("exit", resolve)), 0);
    assert.match(said, /--sed/);
  });
});
