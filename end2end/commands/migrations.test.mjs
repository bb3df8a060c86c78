// Migrations that are killed in the middle: the next start completes them, and nothing is half there
// (case 5).

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { root } from "../support/worker.mjs";

const folder = mkdtempSync(join(tmpdir(), "monotask-migrations-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const MIGRATIONS = readdirSync(join(root, "server/migrations")).length;

/** The file that the local database lies in, once there is one. */
function file(state) {
  const place = join(state, "v3/d1/miniflare-D1DatabaseObject");
  const names = existsSync(place) ? readdirSync(place) : [];
  const name = names.find((one) => one.endsWith(".sqlite") && one !== "metadata.sqlite");
  return name && join(place, name);
}

/** What a database answers, read beside whoever writes it; nothing while it isn't there yet. */
function ask(state, sql) {
  const path = file(state);
  if (!path) return [];
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare(sql).all();
  } catch {
    return [];
  } finally {
    database.close();
  }
}

const applied = (state) => ask(state, "SELECT name FROM d1_migrations").length;
const schema = (state) =>
  ask(state, "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%' ORDER BY type, name");

/** Migrates; with `killAfter`, all of it is killed as soon as so many migrations are applied. */
async function migrate(state, killAfter) {
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  const args = ["d1", "migrations", "apply", "monotask-production", "--local", "--persist-to", state];
  const child = spawn(process.execPath, [wrangler, ...args], {
    cwd: root,
    detached: true,
    env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  const watch = setInterval(() => {
    if (killAfter === undefined || !file(state) || applied(state) < killAfter) return;
    clearInterval(watch);
    process.kill(-child.pid, "SIGKILL");
  }, 2);
  const code = await ended;
  clearInterval(watch);
  return { code, said };
}

describe("migrations", () => {
  it("that are killed at any of them are completed by the next start", { timeout: 240_000 }, async () => {
    const whole = join(folder, "whole");
    const { code, said } = await migrate(whole);
    assert.equal(code, 0, said);
    assert.equal(applied(whole), MIGRATIONS);

    let interrupted = 0;
    for (const count of [0, 2, 4]) {
      const state = join(folder, `killed-after-${count}`);
      await migrate(state, count);
      if (applied(state) < MIGRATIONS) interrupted += 1;
      const again = await migrate(state);
      assert.equal(again.code, 0, `killed after ${count}:\n${again.said}`);
      assert.equal(applied(state), MIGRATIONS);
      assert.deepEqual(schema(state), schema(whole), `killed after ${count}`);
    }
    assert.ok(interrupted >= 2, `only ${interrupted} of 3 were killed before their end`);
  });
});
