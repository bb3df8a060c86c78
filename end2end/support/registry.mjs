// The product's own list of what it takes, filled with what a test made, and what it changed.

import { createHash } from "node:crypto";

/** Every page, and every form of every page and other address. */
export async function listedForms(worker) {
  const { pages, others } = await (await worker.hook("forms")).json();
  const forms = [...pages, ...others].flatMap(({ address, forms }) =>
    forms.map((form) => ({ address, ...form })),
  );
  return { pages, forms };
}

/** Puts what a test made in for each name in braces; a name that nobody gave is a mistake. */
export function fill(text, names) {
  return text.replaceAll(/\{(\w+)\}/g, (_, name) => {
    if (names[name] === undefined) throw new Error(`give a value for {${name}}: ${text}`);
    return names[name];
  });
}

/** Where a form is sent, and its fields. */
export function filled({ address, action, fields }, names) {
  const values = fields.map(([name, value]) => [name, fill(value, names)]);
  return {
    path: fill(address, names),
    fields: { ...(action && { action }), ...Object.fromEntries(values) },
  };
}

/** What changes without anybody's request: leases, the sweep's own clocks. */
const BY_ITSELF = {
  runs: ["lease_expires_at"],
  api_keys: ["last_used_at"],
  outbox: ["again_at"],
  workspaces: ["anchored_seq", "anchor_checked_at"],
};
/** Tables of the platform's own. */
const NOT_OURS = /^(_cf_|d1_|sqlite_)/;

/**
 * A hash of each table of the database, but for these. Tables are found in the schema, so that a new
 * one is looked at too.
 */
export async function everything(db, except = []) {
  const { results } = await db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const hashes = {};
  for (const { name } of results) {
    if (NOT_OURS.test(name) || except.includes(name)) continue;
    const rows = await db.prepare(`SELECT * FROM "${name}"`).all();
    const lines = rows.results.map((row) => {
      for (const column of BY_ITSELF[name] ?? []) delete row[column];
      return JSON.stringify(row);
    });
    hashes[name] = createHash("sha256").update(lines.sort().join("\n")).digest("hex");
  }
  return hashes;
}
