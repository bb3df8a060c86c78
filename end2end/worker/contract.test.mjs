// The store's contract on D1 in real workerd: the very cases that run natively over SQLite.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { root, startWorker, within } from "../support/worker.mjs";

/** The cases as the suite's source lists them: `module::name,` on a line each. */
function listed() {
  const source = readFileSync(`${root}server/src/store/contract/mod.rs`, "utf8");
  return [...source.matchAll(/^ +(\w+)::(\w+),$/gm)].map(([, , name]) => name);
}

describe("the store's contract on D1", () => {
  let worker;
  before(async () => {
    worker = await startWorker();
  });
  after(() => worker?.close());

  it("holds in every case, fifty racing approvals and an empty outbox among them", async () => {
    const names = listed();
    assert.ok(names.length >= 44, `only ${names.length} cases are listed`);
    for (const name of ["of_fifty_approvals_one_wins", "a_mutation_without_outbox_keeps_the_log_dense"]) {
      assert.ok(names.includes(name), `${name} isn't a case`);
    }
    const answer = await within(240_000, worker.hook("contract"));
    assert.equal(answer.status, 200);
    const { cases, failed } = await answer.json();
    assert.deepEqual(failed, []);
    assert.equal(cases, names.length);
  });
});
