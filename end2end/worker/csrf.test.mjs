// Whatever changes something, sent the way another site's page could make a browser send it (case 63).
// What there is to send is the product's own list: nothing can be left out here.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { exchange, makeKey } from "../support/credentials.mjs";
import { makeProject } from "../support/project.mjs";
import { everything, filled, listedForms } from "../support/registry.mjs";
import { startRunner } from "../support/runner.mjs";
import { PASSWORD, formKey, makeTeam, visitor } from "../support/visitor.mjs";
import { noteFigures, startWorker } from "../support/worker.mjs";

/** What a request from elsewhere says of where it comes from. */
const FOREIGN = {
  "another site's form": { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
  "another site's form, by an old browser": { origin: "https://evil.example" },
  "a sandboxed frame": { origin: "null" },
  "a sandboxed frame of ours": { origin: "null", "sec-fetch-site": "same-origin" },
  "another site without an origin": { "sec-fetch-site": "cross-site" },
  "a sister site": { "sec-fetch-site": "same-site" },
  "a person's own navigation": { "sec-fetch-site": "none" },
  "nobody knows where": {},
};
const URLENCODED = "application/x-www-form-urlencoded";
/** Tables that note what was asked for and refused. */
const OF_REFUSALS = ["audit", "sign_in_attempts"];

let runner, worker, db, team, listed, names, functions, operations;
let cells = 0;
before(async () => {
  runner = await startRunner();
  worker = await startWorker({ vars: runner.vars });
  ({ DB: db } = await worker.server.getWorker().getEnv());
  team = await makeTeam(worker, "forged", ["member"]);
  const project = await makeProject(worker, team, "FORGE");
  const task = await project.write({ title: "Not to be touched" });
  const running = await project.start(await project.write({ steps: "sleep 300" }));
  listed = await listedForms(worker);
  functions = await (await worker.hook("server-functions")).json();
  operations = await (await worker.hook("operations")).json();
  names = {
    ...{ project: "FORGE", new_project: "FORGED", task, seen: "1" },
    ...{ run: running.run, sandbox: running.sandbox, file: "none" },
    ...{ email: team.address("owner"), password: PASSWORD },
    ...(await aboutPeople()),
    ...(await ofTheOwnersOwn()),
  };
});
after(async () => {
  await worker?.close();
  await runner?.close();
});

/** A member whose place can be changed, an invitation that waits, and a link to a new password. */
async function aboutPeople() {
  const member = await db
    .prepare(
      "SELECT m.* FROM members m JOIN users u ON u.id = m.user_id WHERE u.email = ?1 LIMIT 1",
    )
    .bind(team.address("member"))
    .first();
  const shown = async (fields, link) => {
    const answer = await team.owner.post("/settings/members", { ...fields, idempotency_key: formKey() });
    return (await answer.text()).match(link)[1];
  };
  const token = await shown({ action: "invite", role: "viewer", email: "" }, /\/join\/([0-9a-f]{64})/);
  const offer = { action: "offer_reset", user: member.user_id };
  const reset = await shown(offer, /\/reset\/([0-9a-f]{64})/);
  const { id } = await db
    .prepare("SELECT id FROM invitations WHERE workspace_id = ?1")
    .bind(member.workspace_id)
    .first();
  return {
    ...{ member: member.user_id, member_seen: String(member.version), token, reset, invitation: id },
    other_workspace: member.workspace_id,
  };
}

/** Another browser of the owner's, and a key. */
async function ofTheOwnersOwn() {
  await visitor(worker).signIn(team.address("owner"));
  const newest = "SELECT id FROM sessions WHERE user_id = ?1 ORDER BY created_at DESC, id DESC LIMIT 1";
  const { id: user } = await db
    .prepare("SELECT id FROM users WHERE email = ?1")
    .bind(team.address("owner"))
    .first();
  const { id: session } = await db.prepare(newest).bind(user).first();
  const create = { action: "create", name: "Forged", "scope-read": "on", expires: "30" };
  await (await team.owner.post("/settings/keys", { ...create, idempotency_key: formKey() })).text();
  const { id: key } = await db.prepare("SELECT id FROM api_keys WHERE user_id = ?1").bind(user).first();
  return { session, key };
}

const now = () => everything(db, OF_REFUSALS);

/** Sends a form, or another text, with the owner's session. */
async function send({ path, fields, body }, headers, { method = "POST", type = URLENCODED } = {}) {
  const text = body ?? String(new URLSearchParams({ ...fields, idempotency_key: formKey() }));
  const cookie = team.owner.cookie;
  const answer = await worker.fetch(method === "GET" ? `${path}?${text}` : path, {
    method,
    headers: { accept: "text/html", cookie, ...headers, ...(type && { "content-type": type }) },
    body: method === "GET" ? undefined : text,
  });
  const { status } = answer;
  const said = `${method} ${path} ${fields?.action ?? ""} ${JSON.stringify(headers)}: ${status}`;
  await answer.arrayBuffer();
  cells += 1;
  return { status, said, cookies: answer.headers.getSetCookie(), to: answer.headers.get("location") };
}

async function refusedEverywhere(form) {
  const before = await now();
  for (const [who, headers] of Object.entries(FOREIGN)) {
    for (const type of [URLENCODED, "text/plain", "multipart/form-data; boundary=x"]) {
      const answer = await send(form, headers, { type });
      assert.equal(answer.status, 403, `${who}: ${answer.said}`);
      assert.deepEqual([answer.cookies, answer.to], [[], null], answer.said);
    }
    // A link, a picture, a script tag: what changes something is never read.
    const read = await send(form, headers, { method: "GET", type: null });
    assert.ok([200, 303, 405].includes(read.status), `${who}: ${read.said}`);
    assert.deepEqual(read.cookies, [], read.said);
  }
  const own = { origin: worker.origin, "sec-fetch-site": "same-origin" };
  const plain = await send(form, own, { type: "text/plain" });
  assert.equal(plain.status, 415, plain.said);
  assert.deepEqual(await now(), before);
}

describe("from elsewhere", () => {
  it("every form of the product's list is refused, and nothing changes", async () => {
    assert.ok(listed.forms.length > 15, "the list is there");
    for (const form of listed.forms) await refusedEverywhere(filled(form, names));
  });

  it("every server function is refused, and nothing changes", async () => {
    const { server_functions: expected } = await (await worker.fetch("/health")).json();
    assert.equal(functions.length, expected);
    for (const path of functions) await refusedEverywhere({ path, fields: { message: "x" } });
  });

  it("every operation of the API that changes something is refused to a browser's session", async () => {
    const changing = operations.filter(({ method }) => method !== "GET");
    assert.ok(changing.length > 0);
    const before = await now();
    for (const { method, path } of changing) {
      // What the path names isn't looked at: the check stands in front of the router.
      const at = { path: path.replaceAll(/\{\w+\}/g, "MONO-1"), body: "{}" };
      for (const [who, headers] of Object.entries(FOREIGN)) {
        for (const type of [URLENCODED, "text/plain", "multipart/form-data; boundary=x", "application/json"]) {
          const answer = await send(at, headers, { method, type });
          assert.equal(answer.status, 403, `${who}: ${answer.said}`);
        }
      }
      const own = { origin: worker.origin, "sec-fetch-site": "same-origin" };
      const { takes_json } = operations.find((one) => one.path === path && one.method === method);
      if (takes_json) {
        for (const type of [URLENCODED, "text/plain", "multipart/form-data; boundary=x"]) {
          const answer = await send(at, { ...own, "if-match": '"1"' }, { method, type });
          assert.equal(answer.status, 415, answer.said);
        }
      }
    }
    assert.deepEqual(await now(), before);
  });

  it("no operation takes a key or a token in any way in which a page could send one unasked", async () => {
    const key = await makeKey(worker, team.owner);
    const token = await exchange(worker, key.text);
    const before = await now();
    for (const { method, path } of operations.filter((one) => one.method !== "GET")) {
      const at = path.replaceAll(/\{\w+\}/g, "MONO-1");
      for (const credential of [key.text, token]) {
        const sent = [
          ["in the address", `${at}?access_token=${credential}`, {}, "{}"],
          ["as a user's name", at, { authorization: `Basic ${btoa(`${credential}:`)}` }, "{}"],
          ["in the body", at, {}, `access_token=${credential}`],
          ["as a cookie", at, { cookie: `${team.owner.cookie}; token=${credential}; __Host-key=${credential}` }, "{}"],
          ["as a cookie alone", at, { cookie: `__Host-session=${credential}` }, "{}"],
        ];
        // Where it comes from is another test's business: here it is how.
        const asked = sent.map(async ([what, path, headers, body]) => {
          const foreign = { cookie: "", ...FOREIGN["another site's form"], ...headers };
          const answer = await send({ path, body }, foreign, { method, type: "text/plain" });
          assert.equal(answer.status, 403, `${what}: ${answer.said}`);
        });
        await Promise.all(asked);
      }
    }
    assert.deepEqual(await now(), before);
  });

  it("what isn't a page is no address to look at", async () => {
    const places = listed.forms.map(({ address }) => address).filter((address) => !isPage(address));
    for (const path of new Set([...functions, ...places])) {
      const answer = await team.owner.see(path);
      assert.equal(answer.status, 405, path);
      assert.match(answer.headers.get("allow"), /POST/);
    }
    assert.equal((await team.owner.see("/")).status, 200, "still signed in");
  });
});

const isPage = (address) => listed.pages.some((page) => page.address === address);

/** Whoever sends these is somebody else from then on. */
const END_THE_SESSION = ["/workspaces/new", "/join/{token}", "/setup", "/sign-in", "/sign-out"];

describe("from our own pages", () => {
  it("every form of the list is understood, and some of them change something", async () => {
    const before = await now();
    const own = { origin: worker.origin, "sec-fetch-site": "same-origin" };
    const last = (form) => END_THE_SESSION.includes(form.address);
    // A newer link ends the one before, who was removed has nothing left that a form could be about, and
    // a new password ends the other browser's session.
    const first = listed.forms.filter((form) => !last(form));
    const place = ({ action }) => ["offer_reset", "remove", "change_password"].indexOf(action);
    first.sort((a, b) => place(a) - place(b));
    for (const form of first) {
      const answer = await send(filled(form, names), own);
      // What is shown once is shown at once.
      assert.ok([200, 303, 409, 422].includes(answer.status), answer.said);
    }
    const changed = await now();
    for (const table of ["events", "projects", "tasks", "runs"]) {
      assert.notEqual(changed[table], before[table], `${table}: the hash sees a change`);
    }
    // The owner has changed it.
    names.password = "sent by a test of forms";
    const order = ({ address }) => END_THE_SESSION.indexOf(address);
    for (const form of listed.forms.filter(last).sort((a, b) => order(a) - order(b))) {
      const answer = await send(filled(form, names), own);
      assert.ok([303, 409].includes(answer.status), answer.said);
    }
    assert.notEqual((await now()).sessions, changed.sessions);
  });

  it("are as many as the list has", () => {
    const of =
      `${cells} of ${listed.forms.length} forms, ${functions.length} functions and ${operations.length} operations`;
    console.log(`forged requests: ${of}`);
    noteFigures("csrf", [{ name: `forged requests taken, ${of}`, value: 0, limit: 0, unit: "" }]);
  });
});
