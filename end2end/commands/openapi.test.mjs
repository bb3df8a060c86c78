// The API's released description, held against OpenAPI 3.1 by a public validator.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { root } from "../support/worker.mjs";

const validator = join(root, "target/fuzzer/bin/openapi-spec-validator");
const released = join(root, "docs/api/openapi-v1.json");
const folder = mkdtempSync(join(tmpdir(), "monotask-openapi-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function validate(file) {
  assert.ok(existsSync(validator), "there is no validator: cargo xtask setup");
  const { status, stdout, stderr } = spawnSync(validator, ["--schema", "3.1", file], { encoding: "utf8" });
  return { status, said: stdout + stderr };
}

/** What it says of the description with one thing changed. */
function afterwards(change) {
  const document = JSON.parse(readFileSync(released, "utf8"));
  change(document);
  const file = join(folder, "changed.json");
  writeFileSync(file, JSON.stringify(document));
  return validate(file);
}

describe("the API's description", () => {
  it("is one of OpenAPI 3.1", () => {
    const { status, said } = validate(released);
    assert.equal(status, 0, said);
    assert.match(JSON.parse(readFileSync(released, "utf8")).openapi, /^3\.1\./);
  });

  it("would be refused with a fault in it", () => {
    const me = (document) => document.paths["/me"].get;
    for (const [what, change] of [
      ["an answer without words", (document) => delete me(document).responses["200"].description],
      ["a reference to nothing", (document) => (me(document).responses["401"].$ref = "#/components/none")],
      ["a parameter that is nowhere", (document) => (me(document).parameters = [{ name: "x", in: "body" }])],
      ["one id twice", (document) => (me(document).operationId = "list_keys")],
      ["a default that isn't one of its words", (document) => {
        document.components.schemas.NewTask.properties.priority.default = "at once";
      }],
    ]) {
      assert.notEqual(afterwards(change).status, 0, what);
    }
  });
});
