// What a machine lacks is said by its name, with the way to get it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, describe, it } from "node:test";
import { root } from "../support/worker.mjs";

const xtask = process.env.XTASK ?? join(root, "target/debug/xtask");
const folder = mkdtempSync(join(tmpdir(), "monotask-setup-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function which(name) {
  for (const place of process.env.PATH.split(delimiter)) {
    try {
      accessSync(join(place, name), constants.X_OK);
      return join(place, name);
    } catch {
      // Not there.
    }
  }
  throw new Error(`there is no ${name} here`);
}

/** Runs `setup` on a machine that has these programs and no others. */
async function setup(name, { links = [], scripts = {} }) {
  const path = join(folder, name);
  mkdirSync(path);
  for (const program of links) symlinkSync(which(program), join(path, program));
  for (const [program, text] of Object.entries(scripts)) {
    writeFileSync(join(path, program), `#!/bin/sh\n${text}\n`);
    chmodSync(join(path, program), 0o755);
  }
  const child = spawn(xtask, ["setup"], { cwd: root, env: { ...process.env, PATH: path } });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  const code = await new Promise((resolve) => child.once("exit", resolve));
  return { code, said };
}

describe("cargo xtask setup, on a machine", () => {
  it("without rustup's target or rustup, names the target and the command", async () => {
    const rustc = 'echo "/nonexistent"';
    const { code, said } = await setup("no-rustup", { scripts: { rustc } });
    assert.notEqual(code, 0);
    assert.match(said, /rustup target add wasm32-unknown-unknown/);
  });

  it("without Node, says which one is needed", async () => {
    const { code, said } = await setup("no-node", { links: ["rustc", "rustup"] });
    assert.notEqual(code, 0);
    assert.match(said, /no Node: install Node 20 or newer/);
  });

  it("with an old Node, says which one it found", async () => {
    const scripts = { node: "echo v18.3.0" };
    const { code, said } = await setup("old-node", { links: ["rustc", "rustup"], scripts });
    assert.notEqual(code, 0);
    assert.match(said, /Node is v18\.3\.0, and 20 or newer is needed/);
  });

  it("without bubblewrap and apt, says how to get it", async () => {
    const links = ["rustc", "rustup", "cargo", "node", "npm"];
    const { code, said } = await setup("no-bubblewrap", { links });
    assert.notEqual(code, 0);
    assert.match(said, /`bwrap` is missing.*apt-get install bubblewrap/);
  });
});
