// Every operation of the API, asked thousands of things made from its own description.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { makeProject } from "../support/project.mjs";
import { makeTeam } from "../support/visitor.mjs";
import { root, startWorker } from "../support/worker.mjs";

const fuzzer = join(root, "target/fuzzer/bin/schemathesis");
/** How long it goes on, in seconds; `cargo xtask fuzz` gives it longer. */
const seconds = Number(process.env.FUZZ_SECONDS ?? 60);

const folder = mkdtempSync(join(tmpdir(), "monotask-fuzz-"));
let worker, team;
before(async () => {
  worker = await startWorker();
  team = await makeTeam(worker, "fuzz", ["member"]);
  await makeProject(worker, team, "FUZZ");
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
const OF_THE_SESSION = ["create_workspace", "revoke_my_session", "remove_member"];

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
  it("answers as it says, with no fault of ours", { timeout: (seconds + 120) * 1_000 }, async () => {
    await asked(team.owner, seconds, "--exclude-operation-id");
  });

  it("also where the session itself changes", { timeout: 120_000 }, async () => {
    await asked(team.member, 20, "--include-operation-id");
  });
});

/** Runs the fuzzer as this person, with or without the operations of the session. */
async function asked(person, time, which) {
  assert.ok(existsSync(fuzzer), "there is no fuzzer: cargo xtask setup");
  writeFileSync(join(folder, "hooks.py"), HOOKS);
  const headers = { Cookie: person.cookie, Origin: worker.origin, "Sec-Fetch-Site": "same-origin" };
  const { code, said } = await run(
    fuzzer,
    [
      ...["run", join(root, "docs/api/openapi-v1.json"), "--url", `${worker.origin}/api/v1`, "--checks", CHECKS.join(",")],
      ...Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
      ...OF_THE_SESSION.flatMap((id) => [which, id]),
      ...["--phases", "examples,coverage,fuzzing,stateful", "--max-time", String(time), "--no-color"],
      ...["--generation-database", "none", "--seed", process.env.FUZZ_SEED ?? "1"],
    ],
    { SCHEMATHESIS_HOOKS: "hooks", PYTHONPATH: folder },
  );
  assert.equal(code, 0, said.slice(-8_000));
  console.log(said.split("\n").filter((line) => /generated|passed|Seed/.test(line)).join("\n"));
}
