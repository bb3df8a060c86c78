// The tutorials, run as they stand: whoever pastes them gets what they promise.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { freePort, startDev } from "../support/dev.mjs";
import { root } from "../support/worker.mjs";

const state = mkdtempSync(join(tmpdir(), "monotask-tutorial-"));
let dev, origin;
before(async () => {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  dev = await startDev({ port, state, flags: ["--seed", "demo"] });
});
after(async () => {
  await dev?.stop("SIGTERM");
  rmSync(state, { recursive: true, force: true });
});

/** The blocks of a tutorial that are to be run, as one script. */
function script(name) {
  const text = readFileSync(join(root, "docs/tutorials", name), "utf8");
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block).join("\n");
}

function run(text) {
  const child = spawn("sh", [], { env: { ...process.env, MONOTASK: origin } });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (said += piece));
  child.stdin.end(text);
  return new Promise((resolve) => child.once("exit", (code) => resolve({ code, said })));
}

describe("the tutorial of the API", () => {
  it("goes from a key to a decision by somebody else", { timeout: 200_000 }, async () => {
    const { code, said } = await run(script("api.md"));
    assert.equal(code, 0, said);
    assert.match(said, /4 cases, 0 failed/, "the run's log was followed");
    assert.match(said, /"code": "out_of_scope"/);
    assert.match(said, /^done: .*\/tasks\/PACE-\d+$/m);
  });
});
