// `cargo xtask dev` as people start it, on a free port and a state of its own.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { root, within } from "./worker.mjs";

export const xtask = process.env.XTASK ?? join(root, "target/debug/xtask");

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts the command and waits for the line that names the address. */
export async function startDev({ port, state, flags = [], env = {} }) {
  const child = spawn(xtask, ["dev", "--built", "--port", port, "--state", state, ...flags], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TEST_SECRET: "", ...env },
  });
  const one = { child, said: "" };
  one.ended = new Promise((resolve) => child.once("exit", resolve));
  const ready = new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => {
        one.said += text;
        if (one.said.includes("MonoTask is ready")) resolve();
      });
    }
    child.once("exit", (code) => reject(new Error(`ended with ${code}:\n${one.said}`)));
  });
  await within(150_000, ready);
  one.stop = async (signal) => {
    child.kill(signal);
    return within(30_000, one.ended);
  };
  return one;
}
