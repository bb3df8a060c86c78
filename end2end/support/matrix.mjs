// The matrix of roles as the native tests have it: its cells, and the world that they are about, put into
// a Worker of its own.

import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SCOPES, madeUpKey, tokenOf } from "./credentials.mjs";
import { root } from "./worker.mjs";

const told = new URL("../.output/roles.json", import.meta.url);
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
/** How far from the world's own moment another of its moments may be, in milliseconds. */
const NEAR = 400 * 86_400_000;
/** What nobody may cut, and what the Worker under test has of its own. */
const STAYS = ["audit", "rate_limit_policies"];

/** What the native tests have written down, its moments moved to today. */
export function readMatrix() {
  if (!existsSync(told)) throw new Error("there is no matrix yet: cargo test -p server --test roles");
  const text = readFileSync(told, "utf8");
  const { now } = JSON.parse(text);
  const today = Date.now();
  const moved = (number) => (Math.abs(Number(number) - now) < NEAR ? String(Number(number) - now + today) : number);
  return JSON.parse(text.replaceAll(/\b\d{13}\b/g, moved));
}

/**
 * The Worker's configuration without whoever takes messages off its queues: what a request asks for stays
 * asked for, and nothing goes on by itself.
 */
export function quietConfig() {
  const folder = mkdtempSync(join(tmpdir(), "monotask-quiet-"));
  const config = join(folder, "wrangler.toml");
  const text = readFileSync(join(root, "wrangler.toml"), "utf8");
  const quiet = text.replaceAll(/\[\[queues\.consumers\]\]\n(?:[^\n[][^\n]*\n)+/g, "");
  const placed = quiet.replaceAll(/^(main|directory|migrations_dir|image|image_build_context) = "(.*)"$/gm, (_, name, path) => {
    return `${name} = ${JSON.stringify(join(root, path))}`;
  });
  writeFileSync(config, placed);
  return { config, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The columns of each table that can be written. */
async function columnsOf(db, tables) {
  const names = Object.keys(tables);
  const infos = await db.batch(names.map((name) => db.prepare(`PRAGMA table_info("${name}")`)));
  return Object.fromEntries(names.map((name, index) => [name, infos[index].results.map((column) => column.name)]));
}

/** Puts these rows in the place of all that the tables hold, or changes nothing. */
async function put(db, tables, written, kept) {
  const ours = Object.keys(tables).filter((name) => !kept.includes(name));
  const statements = [db.prepare("PRAGMA defer_foreign_keys = true")];
  for (const name of ours) statements.push(db.prepare(`DELETE FROM "${name}"`));
  for (const name of ours.filter((name) => tables[name].length > 0)) {
    const columns = written[name];
    const values = columns.map((column) => `json_extract(value, '$.${column}')`);
    statements.push(
      db
        .prepare(`INSERT INTO "${name}" (${columns.join(", ")}) SELECT ${values.join(", ")} FROM json_each(?)`)
        .bind(JSON.stringify(tables[name])),
    );
  }
  await db.batch(statements);
}

/** Fills an empty, migrated database with the world, gives who is in it, and how to make it anew. */
export async function plantWorld(db, { ours, tables }, by) {
  const cookies = {};
  for (const [role, { session }] of Object.entries(ours.people)) {
    const token = randomBytes(32).toString("hex");
    tables.sessions.find((row) => row.token_hash === session).token_hash = sha256(token);
    cookies[role] = `__Host-session=${token}`;
  }
  for (const run of tables.runs) {
    if (run.lease_expires_at !== null) run.lease_expires_at = Date.now() + 3_600_000;
  }
  const keys = keyring(ours, tables.api_keys);
  const { lease_token: lease } = tables.runs.find(({ id }) => id === ours.run);
  // Everybody's credential is there from the beginning, so that making the world anew keeps it.
  const credentials = credentialsOf({ ours, cookies, keys, lease, by });
  const written = await columnsOf(db, tables);
  await put(db, tables, written, ["rate_limit_policies"]);
  return { credentials, anew: () => put(db, tables, written, STAYS) };
}

/** Makes keys of our people, in the rows that will be planted: one for each wish. */
function keyring(ours, rows) {
  const known = new Map();
  return (role, scopes, project = null) => {
    const wish = JSON.stringify([role, scopes, project]);
    if (!known.has(wish)) {
      const text = madeUpKey();
      const id = `key_${known.size.toString().padStart(26, "0")}`;
      rows.push({
        ...{ id, workspace_id: ours.workspace, user_id: ours.people[role].id, name: "Of a test" },
        ...{ prefix: text.slice(0, 11), secret_hash: sha256(text), scopes: JSON.stringify(scopes) },
        ...{ project_id: project, created_at: Date.now(), expires_at: null, revoked_at: null },
        ...{ last_used_at: null, version: 1 },
      });
      known.set(wish, { id, text });
    }
    return known.get(wish);
  };
}

/** The headers that each of the matrix's callers shows, by its name there and the scope that is needed. */
function credentialsOf({ ours, cookies, keys, lease, by }) {
  const but = (scope) => SCOPES.filter((other) => other !== scope);
  const bearer = (text) => ({ authorization: `Bearer ${text}` });
  const token = (sub, scope, more = {}) => {
    const iat = Math.floor(Date.now() / 1_000);
    const claims = { iss: by.origin, aud: `${by.origin}/api/v1`, sub, scope, iat, exp: iat + 600, jti: sub, ...more };
    return bearer(tokenOf({ typ: "at+jwt", alg: "EdDSA", kid: by.name }, claims, by));
  };
  const of = {
    Nobody: () => ({}),
    Person: (_, role) => ({ cookie: cookies[role] }),
    Program: (_, role) => bearer(keys(role, SCOPES).text),
    ProgramWithout: (scope) => bearer(keys("owner", but(scope)).text),
    ProgramWithOnly: (scope) => bearer(keys("owner", [scope]).text),
    ProgramElsewhere: () => bearer(keys("owner", SCOPES, ours.other_project).text),
    Token: () => token(keys("owner", SCOPES).id, SCOPES.join(" ")),
    TokenWithout: (scope) => token(keys("owner", SCOPES).id, but(scope).join(" ")),
    Run: () => token(ours.run, "run", { lease: sha256(lease) }),
  };
  for (const scope of SCOPES) [of.ProgramWithout(scope), of.ProgramWithOnly(scope)];
  for (const role of Object.keys(cookies)) of.Program(null, role);
  of.ProgramElsewhere();
  return (who, scope) => {
    const [, name, role] = /^(\w+)(?:\((\w+)\))?$/.exec(who);
    return of[name](scope, role?.toLowerCase());
  };
}
