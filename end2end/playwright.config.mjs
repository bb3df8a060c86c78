// Browser tests, against `cargo xtask dev` as people start it.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";

const root = fileURLToPath(new URL("..", import.meta.url));
const port = Number(process.env.MONOTASK_E2E_PORT ?? 8791);
// The workers load this file too, and must all mean the same server.
process.env.MONOTASK_E2E_PORT = String(port);
process.env.TEST_SECRET ??= "a-secret-of-the-browser-tests";
process.env.MONOTASK_E2E_STATE ??= mkdtempSync(join(tmpdir(), "monotask-e2e-"));
const xtask = process.env.XTASK ?? "cargo xtask";

export default defineConfig({
  testDir: "tests",
  outputDir: ".output/browser",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  fullyParallel: false,
  projects: [
    { name: "first visit", testMatch: "first_visit.spec.mjs" },
    { name: "browser", testIgnore: "first_visit.spec.mjs", dependencies: ["first visit"] },
  ],
  workers: 1,
  retries: 0,
  forbidOnly: true,
  globalTeardown: "./support/teardown.mjs",
  use: {
    baseURL: `http://localhost:${port}`,
    browserName: "chromium",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  webServer: {
    command: `exec ${xtask} dev --built --port ${port} --state ${process.env.MONOTASK_E2E_STATE}`,
    cwd: root,
    url: `http://localhost:${port}/health`,
    timeout: 240_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: "SIGTERM", timeout: 20_000 },
    stdout: "ignore",
    stderr: "pipe",
  },
});
