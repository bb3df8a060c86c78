// Every operation of the API, asked thousands of things made from its own description.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { exchange, makeKey } from "../support/credentials.mjs";
import { makeProject } from "../support/project.mjs";
import { makeTeam } from "../support/visitor.mjs";
import { root, startWorker } from "../support/worker.mjs";

const fuzzer = join(root, "target/fuzzer/bin/schemathesis");
/** How long it goes on in all, in seconds; `cargo xtask fuzz` gives it longer. */
const seconds = Number(process.env.FUZZ_SECONDS ?? 75);
/** What of that each credential gets. Tokens last for a quarter of an hour. */
const SHARES = { "a session": 0.5, "a key": 0.3, "a token": 0.2 };
const LONGEST_S = 800;

const folder = mkdtempSync(join(tmpdir(), "monotask-fuzz-"));
let worker, team, credentials;
const sessionOf = ({ cookie }) => ({ Cookie: cookie, Origin: worker.origin, "Sec-Fetch-Site": "same-origin" });
before(async () => {
  worker = await startWorker();
  team = await makeTeam(worker, "fuzz", ["member", "admin"]);
  await makeProject(worker, team, "FUZZ");
  const key = await makeKey(worker, team.owner);
  const another = await makeKey(worker, team.admin);
  const bearer = (credential) => ({ Authorization: `Bearer ${credential}` });
  credentials = {
    "a session": async () => sessionOf(team.owner),
    "a key": async () => bearer(key.text),
    "a token": async () => bearer(await exchange(worker, another.text)),
  };
});
after(async () => {
  await worker?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Fails where a body or a header tells of our insides: a check that the fuzzer makes of each answer. */
const HOOKS = `
import re
import schemathesis

INSIDES = re.compile(
    r"panicked|RuntimeError|unreachable executed|\\.rs:\\d|SELECT .+ FROM|INSERT INTO|SQLITE|D1_ERROR"
    r"|no such (table|column)|/(root|work|home)/|node:internal"
)

@schemathesis.check
def tells_nothing_of_our_insides(ctx, response, case):
    told = response.text + repr(dict(response.headers))
    sent = repr(case.body) + repr(case.query) + repr(case.headers) + repr(case.path_parameters)
    found = INSIDES.search(told)
    assert found is None or found.group(0) in sent, f"tells of {found.group(0)}"
`;

/** What changes who asks, or where: asked by itself, so that everything else goes on being asked. */
const OF_THE_CREDENTIAL = ["create_workspace", "revoke_my_session", "remove_member", "revoke_key"];

/** What is asked of each answer. */
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "tells_nothing_of_our_insides",
];

function run(program, options, more) {
  const child = spawn(program, options, { env: { ...process.env, ...more }, cwd: folder });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, said }));
  });
}

describe("the API, asked whatever its description allows and forbids", () => {
  before(() => {
    assert.ok(existsSync(fuzzer), "there is no fuzzer: cargo xtask setup");
    writeFileSync(join(folder, "hooks.py"), HOOKS);
  });

  for (const [who, share] of Object.entries(SHARES)) {
    const time = Math.min(Math.round(seconds * share), LONGEST_S);
    it(`with ${who} answers as it says, with no fault of ours`, { timeout: (time + 120) * 1_000 }, async () => {
      const headers = await credentials[who]();
      await asked(headers, time, "--exclude-operation-id");
      const me = await worker.fetch("/api/v1/me", { headers });
      assert.equal(me.status, 200, "who asked was known to the end");
    });
  }

  it("also where who asks may change by it", { timeout: 120_000 }, async () => {
    await asked(sessionOf(team.member), 15, "--include-operation-id");
  });
});

/** Runs the fuzzer with these headers, with or without the operations by which who asks changes. */
async function asked(headers, time, which) {
  const { code, said } = await run(
    fuzzer,
    [
      ...["run", join(root, "docs/api/openapi-v1.json"), "--url", `${worker.origin}/api/v1`, "--checks", CHECKS.join(",")],
      ...Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
      ...OF_THE_CREDENTIAL.flatMap((id) => [which, id]),
      ...["--phases", "examples,coverage,fuzzing,stateful", "--max-time", String(time), "--no-color"],
      ...["--generation-database", "none", "--seed", process.env.FUZZ_SEED ?? "1"],
    ],
    { SCHEMATHESIS_HOOKS: "hooks", PYTHONPATH: folder },
  );
  assert.equal(code, 0, said.slice(-8_000));
  console.log(said.split("\n").filter((line) => /generated|passed|Seed/.test(line)).join("\n"));
}
