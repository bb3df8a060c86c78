// The Worker on real workerd, as it ships, with everything in memory.

import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createTestHarness } from "wrangler";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const secret = "a-secret-of-this-test";

/** A signing key of its own, as an entry of `SIGNING_KEYS`. */
export const signingKey = (name) => `${name}:${randomBytes(32).toString("base64url")}`;

/** Sets limits that no test reaches which isn't about them: policies of each class, `[requests, seconds]`. */
export async function setLimits(db, policies) {
  const sql =
    "INSERT OR REPLACE INTO rate_limit_policies (workspace_id, class, requests, window_s) " +
    "VALUES ('', ?, ?, ?)";
  const rows = Object.entries(policies).map(([name, policy]) => db.prepare(sql).bind(name, ...policy));
  await db.batch(rows);
}

/** Limits beyond what tests ask for. */
export const WIDE = { read: [9_999, 1], write: [9_999, 1], sign_in: [9_999, 1], upload: [9_999, 1] };

/**
 * Starts the Worker, its database migrated and empty unless `migrated` says otherwise, with limits that
 * no test reaches unless `limits` names others; the standard ones for `{}`.
 */
export async function startWorker(options = {}) {
  const { config = "wrangler.toml", vars = {}, migrated = true, limits = WIDE } = options;
  const standard = { TEST_SECRET: secret, SIGNING_KEYS: signingKey("test") };
  const server = createTestHarness({
    root,
    workers: [{ configPath: config, vars: { ...standard, ...vars } }],
  });
  const { url } = await server.listen();
  if (migrated) {
    await server.getWorker().applyD1Migrations("DB");
    const { DB } = await server.getWorker().getEnv();
    if (Object.keys(limits).length > 0) await setLimits(DB, limits);
  }
  const origin = url.origin;
  return {
    server,
    origin,
    /** A request as a program makes it. */
    fetch: (path, init = {}) => server.fetch(path, { redirect: "manual", ...init }),
    /** A form as our own page sends it. */
    submit: (path, fields, headers = {}) =>
      server.fetch(path, {
        method: "POST",
        redirect: "manual",
        headers: { origin, "sec-fetch-site": "same-origin", accept: "text/html", ...headers },
        body: new URLSearchParams(fields),
      }),
    /** A hook that only tests may call. */
    hook: (path, init = {}) =>
      server.fetch(`/__test/${path}`, {
        method: "POST",
        ...init,
        headers: { "x-test-secret": secret, ...init.headers },
      }),
    /** Starts it anew with these variables, on what it keeps. */
    restart: (more) =>
      server.update({ root, workers: [{ configPath: config, vars: { ...standard, ...vars, ...more } }] }),
    close: () => server.close(),
  };
}

/** Fails a promise that takes too long: a hang must be a failed test. */
export function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Asks again and again until the answer is good. */
export async function until(good, ask, milliseconds = 10_000) {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Notes figures for the table of budgets: `{name, value, limit, unit}` each. */
export function noteFigures(name, figures) {
  const folder = new URL("../.output/figures/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${name}.json`, folder), JSON.stringify(figures));
}
