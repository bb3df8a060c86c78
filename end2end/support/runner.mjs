// The real runner, with real bubblewrap jails, on a free port.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
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

/**
 * Stands between a Worker and a runner, and remembers what each run's job is handed as its secret: the
 * run's own token, which is masked wherever a person could read it.
 */
export async function overhear(runner) {
  const tokens = new Map();
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request));
    if (/^\/v1\/sandboxes\/[^/]+\/job$/.test(request.url) && request.method === "POST") {
      const { job_id: run, secrets } = JSON.parse(body);
      for (const { name, value } of secrets) if (name === "MONOTASK_RUN_TOKEN") tokens.set(run, value);
    }
    const { authorization, "content-type": type } = request.headers;
    const headers = Object.entries({ authorization, "content-type": type }).filter(([, value]) => value);
    try {
      const answer = await fetch(`${runner.vars.RUNNER_URL}${request.url}`, {
        method: request.method,
        headers,
        body: body.length > 0 ? body : undefined,
      });
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
      response.end(Buffer.from(await answer.arrayBuffer()));
    } catch {
      response.destroy();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    tokens,
    vars: { ...runner.vars, RUNNER_URL: `http://127.0.0.1:${server.address().port}` },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
