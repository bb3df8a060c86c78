// The matrix of roles over HTTP: every operation of the API × whoever may ask × ours, another workspace's and
// nobody's. The native tests say what must come of each cell and make the world that it is about; here it is
// asked of the Worker as it ships, with real cookies, keys and tokens.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { signer } from "../support/credentials.mjs";
import { plantWorld, quietConfig, readMatrix } from "../support/matrix.mjs";
import { everything } from "../support/registry.mjs";
import { noteFigures, startWorker } from "../support/worker.mjs";

/** What is noted beside the answer: who was refused what. */
const BESIDE = ["audit"];

const key = Object.assign(signer("roles"), { origin: "http://localhost" });
const matrix = readMatrix();
let worker, db, world, host, quiet;
let cells = 0;
before(async () => {
  host = createServer((_, response) => response.end(JSON.stringify(METRICS)));
  host.listen(0, "127.0.0.1");
  await once(host, "listening");
  quiet = quietConfig();
  const vars = {
    ...{ SIGNING_KEYS: key.entry, RUN_SLOTS: "99", SANDBOX_SLOTS: "99" },
    ...{ RUNNER_URL: `http://127.0.0.1:${host.address().port}`, RUNNER_SECRET: "of nobody" },
  };
  worker = await startWorker({ config: quiet.config, vars });
  const env = await worker.server.getWorker().getEnv();
  db = env.DB;
  world = await plantWorld(db, matrix, key);
  // The bytes of the world's kept files, which natively nobody looks at.
  for (const { sha256 } of matrix.tables.evidence) await env.EVIDENCE_STORAGE.put(`sha256/${sha256}`, "abc");
});
after(async () => {
  await worker?.close();
  host?.close();
  quiet?.remove();
});

/** What the host of a sandbox tells of it. */
const METRICS = {
  ...{ processes: 1, memory_bytes: 1, cpu_ms: 1, created_at_ms: 1, started_at_ms: 1, wall_ms: 1 },
  ...{ memory_peak_bytes: 1, disk_bytes: null, uptime_ms: 1 },
};

/** Sends a request of an operation's as somebody. */
async function ask(operation, { path, query, body, if_match: version }, who) {
  cells += 1;
  const answer = await worker.fetch(`/api/v1${path}${query && `?${query}`}`, {
    method: operation.method,
    body: operation.method === "GET" || body === "" ? undefined : body,
    headers: {
      ...world.credentials(who, operation.scope),
      ...(operation.media_type && { "content-type": operation.media_type }),
      ...(version && { "if-match": version }),
      ...{ origin: worker.origin, "sec-fetch-site": "same-origin" },
      // Whoever isn't known yet is counted by their network.
      "cf-connecting-ip": `198.51.100.${cells >> 8}`,
    },
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

const codeOf = ({ text }) => (text.startsWith("{") ? (JSON.parse(text).code ?? "") : "");

/** An answer without what differs from answer to answer; theirs are called as what isn't there. */
function told({ status, headers, text }, hidden) {
  const own = ["date", "x-request-id", "server-timing", "ratelimit", "content-length"];
  const kept = [...headers.entries()].filter(([name]) => !own.includes(name)).sort();
  const id = headers.get("x-request-id");
  const anonymous = hidden.reduce((so, [theirs, none]) => so.replaceAll(theirs, none), text);
  return { status, kept, text: anonymous.replaceAll(id, "…") };
}

/** Everybody about what is ours. */
async function own(operation) {
  const reads = operation.method === "GET";
  const everybody = Object.entries(operation.cells);
  const asked = async ([who, { request, status, code }]) => {
    const came = await ask(operation, request, who);
    const what = `${operation.id} by ${who}: ${came.text}`;
    assert.deepEqual([came.status, code && codeOf(came)], [status, code], what);
    return status < 300;
  };
  if (reads) {
    await Promise.all(everybody.map(asked));
    return;
  }
  const before = await everything(db, BESIDE);
  for (const cell of everybody) {
    if (await asked(cell)) await world.anew();
  }
  assert.deepEqual(await everything(db, BESIDE), before, `${operation.id}: whoever was refused changed nothing`);
}

/** Everybody about what is another workspace's: as good as nothing, to the byte. */
async function foreign(operation) {
  if (!operation.path.includes("{")) return;
  const before = await everything(db, BESIDE);
  const asked = async (who) => {
    const hidden = await ask(operation, operation.theirs, who);
    const none = await ask(operation, operation.nobodys, who);
    const what = `theirs: ${operation.id} by ${who}`;
    assert.ok([401, 403, 404].includes(hidden.status), `${what}: ${hidden.status} ${hidden.text}`);
    assert.ok(!hidden.text.includes("secret"), what);
    assert.deepEqual(told(hidden, operation.hidden), told(none, operation.hidden), what);
  };
  const everybody = Object.keys(operation.cells);
  if (!operation.media_type || operation.media_type === "application/json") {
    await Promise.all(everybody.map(asked));
  } else {
    // Large bodies are let in by two at a time.
    for (const who of everybody) await asked(who);
  }
  assert.deepEqual(await everything(db, BESIDE), before, operation.id);
}

/** Each asker has keys of their own, which the one world of this test doesn't: asked natively only. */
const OF_ONES_OWN = ["read_key", "create_key", "revoke_key"];

describe("over HTTP", () => {
  it("the matrix is that of what is asked here", async () => {
    const here = await (await worker.hook("operations")).json();
    const row = ({ id, method, path, permission, success }) => [id, method, path.replace("/api/v1", ""), permission, success];
    const stale = "the matrix is older than the API: cargo test -p server --test roles";
    assert.deepEqual(matrix.operations.map(row), here.map(row), stale);
  });

  for (const operation of matrix.operations.filter(({ id }) => !OF_ONES_OWN.includes(id))) {
    it(`${operation.id} is done for whom its row says, and for nobody else`, () => own(operation));
    it(`${operation.id} finds nothing of another workspace (case 70)`, () => foreign(operation));
  }

  it("are so many cells", () => {
    console.log(`cells of the API over HTTP: ${cells}`);
    const name = `cells of roles over HTTP, of ${matrix.operations.length} operations: ${cells}; wrong ones`;
    noteFigures("roles", [{ name, value: 0, limit: 0, unit: "" }]);
  });
});
