// The same module answers as `_worker.js/` of a Pages preview, beside the Worker that owns its objects.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { root, until } from "../support/worker.mjs";

let preview;
let origin;
let state;
let said = "";

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

before(async () => {
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  state = mkdtempSync(join(tmpdir(), "monotask-pages-"));
  const flags = ["--port", port, "--ip", "127.0.0.1", "--inspector-port", 0, "--persist-to", state];
  const configs = ["-c", "wrangler.toml", "-c", "worker.toml"];
  preview = spawn(
    join(root, "node_modules/.bin/wrangler"),
    ["pages", "dev", ...configs, ...flags.map(String), "--show-interactive-dev-session=false"],
    { cwd: join(root, "pages"), detached: true, env: { ...process.env, CI: "1" } },
  );
  // Its own process group, so that all of it can be stopped, also when this run is cut short.
  process.once("exit", stop);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  for (const stream of [preview.stdout, preview.stderr]) {
    stream.on("data", (text) => (said += text));
  }
  const ask = () => {
    if (preview.exitCode !== null) throw new Error("it ended");
    return fetch(`${origin}/health`).then((answer) => answer.status, () => 0);
  };
  await until((status) => status === 200, ask, 60_000).catch((error) => {
    throw new Error(`${error.message}\n${said}`);
  });
});

function stop() {
  if (preview.exitCode === null && preview.signalCode === null) {
    process.kill(-preview.pid, "SIGTERM");
  }
}

after(async () => {
  if (preview.exitCode === null) {
    const ended = new Promise((resolve) => preview.on("exit", resolve));
    stop();
    await ended;
  }
  rmSync(state, { recursive: true, force: true });
});

describe("a Pages preview", () => {
  it("answers with the same page, headers and policy", async () => {
    const answer = await fetch(`${origin}/there/is/nothing`, { headers: { accept: "text/html" } });
    assert.equal(answer.status, 404);
    assert.match(answer.headers.get("content-security-policy"), /script-src 'nonce-[0-9a-f]{32}'/);
    assert.match(answer.headers.get("x-request-id"), /^[0-9a-f]{32}$/);
    assert.match(await answer.text(), /There is nothing here/);
  });

  it("serves the build's files without the module", async () => {
    const { assets } = await (await fetch(`${origin}/health`)).json();
    for (const name of ["loader.js", "app.js", "app_bg.wasm", "main.css"]) {
      const answer = await fetch(`${origin}${assets}/${name}`);
      assert.equal(answer.status, 200, name);
      assert.match(answer.headers.get("cache-control"), /immutable/);
      assert.equal(answer.headers.get("x-request-id"), null);
      await answer.body?.cancel();
    }
  });

  it("takes forms from its own origin only", async () => {
    const send = (from) =>
      fetch(`${origin}/preferences/theme`, {
        method: "POST",
        redirect: "manual",
        headers: { origin: from },
        body: new URLSearchParams({ theme: "dark" }),
      });
    assert.equal((await send(origin)).status, 303);
    assert.equal((await send("https://elsewhere.example")).status, 403);
  });
});
