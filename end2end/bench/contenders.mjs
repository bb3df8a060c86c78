// The two that are compared, each on a workerd of its own through the Miniflare that wrangler ships:
// `wrangler dev` would put a proxy of several milliseconds in front of both.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare, NoOpLog, convertV4MiniflareOptions } from "miniflare";
import { unstable_readConfig as readConfig, unstable_splitSqlQuery as split } from "wrangler";
import { WIDE, root, setLimits } from "../support/worker.mjs";

const config = readConfig({ config: join(root, "wrangler.toml") }, { hideWarnings: true });

/** The Worker as `wrangler deploy` would upload it. */
export function bundle() {
  const folder = mkdtempSync(join(tmpdir(), "monotask-bench-"));
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  const args = ["deploy", "--dry-run", "--outdir", folder, "--containers-rollout=none"];
  execFileSync(process.execPath, [wrangler, ...args], { cwd: root, stdio: "pipe" });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

async function start(options) {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      compatibilityDate: config.compatibility_date,
      log: new NoOpLog(),
      // What it logs is part of what it costs; printing it isn't.
      handleStructuredLogs: () => {},
      port: 0,
      ...options,
    }),
  );
  const url = await miniflare.ready;
  return { miniflare, origin: url.origin, stop: () => miniflare.dispose() };
}

const sqlite = (names) =>
  Object.fromEntries(names.map(([binding, className]) => [binding, { className, useSQLite: true }]));

/** MonoTask, its database migrated and empty. */
export async function startOurs({ folder }) {
  const wasm = readdirSync(folder).find((name) => name.endsWith(".wasm"));
  const one = await start({
    modulesRoot: folder,
    modules: [
      { type: "ESModule", path: join(folder, "index.js") },
      { type: "CompiledWasm", path: join(folder, wasm) },
    ],
    // The secret makes an answer tell what it asked of the database.
    bindings: { ENVIRONMENT: "development", TEST_SECRET: "of-a-benchmark" },
    d1Databases: Object.fromEntries(config.d1_databases.map((db) => [db.binding, db.database_id])),
    kvNamespaces: config.kv_namespaces.map((kv) => kv.binding),
    r2Buckets: config.r2_buckets.map((bucket) => bucket.binding),
    queueProducers: Object.fromEntries(config.queues.producers.map((q) => [q.binding, q.queue])),
    durableObjects: sqlite(config.durable_objects.bindings.map((one) => [one.name, one.class_name])),
  });
  const database = await one.miniflare.getD1Database("DB");
  const migrations = join(root, "server/migrations");
  for (const name of readdirSync(migrations).sort()) {
    const statements = split(readFileSync(join(migrations, name), "utf8"));
    await database.batch(statements.map((sql) => database.prepare(sql)));
  }
  // Counted like any request, and never refused.
  await setLimits(database, WIDE);
  return { ...one, database };
}

/** The floor. */
export function startFloor() {
  return start({
    modules: [{ type: "ESModule", path: fileURLToPath(new URL("floor.js", import.meta.url)) }],
    d1Databases: { DB: "floor" },
    durableObjects: sqlite([["ROOM", "Room"]]),
  });
}
