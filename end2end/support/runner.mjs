// The real runner, with real bubblewrap jails, on a free port.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const binary =
  process.env.MONOTASK_RUNNER ?? fileURLToPath(new URL("../../target/debug/runner", import.meta.url));
const secret = "a-secret-of-this-test-for-its-runner";

/** Starts the runner. `kill9` ends it as a crash does; `restart` starts it again where it was. */
export async function startRunner() {
  const state = mkdtempSync(join(tmpdir(), "monotask-runner-"));
  let address = "127.0.0.1:0";
  let child;

  async function start() {
    child = spawn(binary, ["--listen", address, "--state", state, "--stdin-guard"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, RUNNER_SECRET: secret },
    });
    const lines = createInterface({ input: child.stdout });
    const ready = await new Promise((resolve, reject) => {
      lines.once("line", resolve);
      child.once("exit", (code) => reject(new Error(`the runner ended with ${code}`)));
    });
    address = JSON.parse(ready).address;
  }

  function end(signal) {
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    return gone;
  }

  const call = (method, path, body) =>
    fetch(`http://${address}/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });

  await start();
  return {
    /** A call as any deployment that shares this runner makes it. */
    call,
    vars: { RUNNER_URL: `http://${address}`, RUNNER_SECRET: secret },
    kill9: () => end("SIGKILL"),
    restart: start,
    sandboxes: async () => {
      const answer = await call("GET", "sandboxes");
      return (await answer.json()).sandboxes;
    },
    close: async () => {
      await end("SIGTERM");
      rmSync(state, { recursive: true, force: true });
    },
  };
}
