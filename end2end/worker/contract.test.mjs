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

  it("counts a form sent twice once, and takes no other content under its key", async () => {
    const [email, password] = ["ada@keys.example", "correct horse battery"];
    const person = new URLSearchParams({ workspace: "Keys", name: "Ada", email, password });
    assert.equal((await worker.hook("workspaces", { body: person })).status, 201);
    const signedIn = await worker.submit("/sign-in", { action: "sign_in", email, password });
    assert.equal(signedIn.status, 303);
    const cookie = signedIn.headers.get("set-cookie").split(";")[0];
    const page = await (await worker.fetch("/projects/new", { headers: { cookie } })).text();
    const [, key] = page.match(/name="idempotency_key" value="([0-9a-f]{32}-create)"/) ?? [];
    assert.ok(key, page);
    const send = (fields) =>
      worker.submit("/projects/new", { action: "create", idempotency_key: key, ...fields }, { cookie });
    const twice = await Promise.all([1, 2, 3].map(() => send({ name: "One", key: "ONE" })));
    const answers = twice.map((answer) => [answer.status, answer.headers.get("location")]);
    assert.deepEqual(new Set(answers.map(String)).size, 1, JSON.stringify(answers));
    assert.equal(answers[0][0], 303);
    const other = await send({ name: "Two", key: "TWO" });
    assert.equal(other.status, 422);
    const again = await other.text();
    assert.match(again, /This form was sent before with other content/);
    const [, fresh] = again.match(/name="idempotency_key" value="([0-9a-f]{32}-create)"/) ?? [];
    assert.ok(fresh && fresh !== key, "sending it again would be refused again");
    assert.equal((await send({ name: "Two", key: "TWO", idempotency_key: fresh })).status, 303);
  });
});
