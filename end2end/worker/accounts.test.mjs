// Who gets in, who doesn't, and for how long.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { PASSWORD, anonymous, read, sessionOf, visitor } from "../support/visitor.mjs";
import { startWorker, until, within } from "../support/worker.mjs";

const ADA = "ada@example.org";
const OPENING =
  /^__Host-session=[0-9a-f]{64}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=2592000$/;

let worker, db;
before(async () => {
  worker = await startWorker();
  ({ DB: db } = await worker.server.getWorker().getEnv());
});
after(() => worker.close());

const setUp = { action: "set_up", workspace: "Home", name: "Ada", email: ADA, password: PASSWORD };
const wrong = (email) => ({ action: "sign_in", email, password: "not the password" });
const count = async (table) =>
  (await db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).first()).n;

describe("the first visit", () => {
  it("leads to the set-up, wherever it begins", async () => {
    const anyone = visitor(worker);
    assert.equal((await anyone.see("/")).location, "/sign-in");
    assert.equal((await anyone.see("/sign-in")).location, "/setup");
    assert.equal((await anyone.see("/setup")).status, 200);
  });

  it("says beside the field what is wrong, and keeps what was typed but the password", async () => {
    const anyone = visitor(worker);
    const answer = await anyone.send("/setup", { ...setUp, password: "short" });
    assert.equal(answer.status, 422);
    assert.match(answer.text, /Use at least 12 characters/);
    assert.ok(answer.text.includes('value="Home"') && answer.text.includes(ADA));
    assert.ok(!answer.text.includes('value="short"'));
    assert.equal(await count("users"), 0);
  });

  it("creates the owner and signs them in, by a cookie that no script and no other host sees", async () => {
    const owner = visitor(worker);
    const answer = await owner.post("/setup", setUp);
    assert.equal(answer.status, 303, await answer.text());
    assert.equal(answer.headers.get("location"), "/");
    const [cookie, ...more] = answer.headers.getSetCookie();
    assert.match(cookie, OPENING);
    assert.deepEqual(more, []);
    owner.cookie = sessionOf(answer);
    const page = await owner.see("/");
    assert.equal(page.status, 200);
    assert.match(page.text, /My work/);
    const { role } = await db.prepare("SELECT role FROM members").first();
    assert.equal(role, "owner");
  });

  it("happens once", async () => {
    const late = visitor(worker);
    const answer = await late.send("/setup", { ...setUp, email: "eve@example.org" });
    assert.equal(answer.location, "/sign-in");
    assert.deepEqual(answer.headers.getSetCookie(), []);
    assert.equal((await late.see("/setup")).location, "/sign-in");
    assert.equal(await count("users"), 1);
    assert.equal(await count("workspaces"), 1);
  });
});

describe("a session", () => {
  it("is a token that stands nowhere: its hash does", async () => {
    const ada = visitor(worker);
    await ada.signIn(ADA);
    const token = ada.cookie.split("=")[1];
    const hash = createHash("sha256").update(token).digest("hex");
    const tables = await db
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '_cf%'")
      .all();
    let everything = "";
    for (const { name } of tables.results) {
      const rows = await db.prepare(`SELECT * FROM "${name}"`).all();
      everything += JSON.stringify(rows.results);
    }
    assert.ok(everything.includes(hash));
    assert.ok(!everything.includes(token));
    assert.ok(!everything.includes(PASSWORD));
    const { SESSIONS: kv } = await worker.server.getWorker().getEnv();
    for (const { name } of (await kv.list()).keys) {
      assert.ok(!`${name} ${await kv.get(name)}`.includes(token));
    }
  });

  it("is a new one at each sign-in, and the browser's older one is dead", async () => {
    const ada = visitor(worker);
    const first = sessionOf(await ada.signIn(ADA));
    const second = sessionOf(await ada.signIn(ADA));
    assert.notEqual(first, second);
    assert.equal((await visitor(worker, { cookie: first }).see("/")).location, "/sign-in");
    assert.equal((await visitor(worker, { cookie: second }).see("/")).status, 200);
  });

  it("survives a wrong password at the sign-in, which says so", async () => {
    const ada = visitor(worker, { network: "198.51.100.1" });
    await ada.signIn(ADA);
    const answer = await ada.send("/sign-in", wrong(ADA));
    assert.equal(answer.status, 422);
    assert.match(answer.text, /don(&#x27;|&#39;|')t belong together/);
    assert.equal((await ada.see("/")).status, 200);
  });

  it("dies with the sign-out at once, for pages, forms, files and sockets", async () => {
    const ada = visitor(worker);
    await ada.signIn(ADA);
    const answer = await ada.post("/sign-out", { action: "sign_out" });
    assert.equal(answer.status, 303);
    assert.deepEqual(answer.headers.getSetCookie(), [
      "__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0",
    ]);
    assert.equal((await ada.see("/")).location, "/sign-in");
    const form = { action: "create", name: "Late", key: "LATE" };
    assert.equal((await ada.send("/projects/new", form)).status, 401);
    const file = "/evidence/evd_00000000000000000000000000";
    assert.match((await ada.see(file)).location, /^\/sign-in/);
    const live = await ada.get("/live", { headers: { upgrade: "websocket", origin: worker.origin } });
    assert.equal((await read(live)).status, 401);
    assert.equal(await count("projects"), 0);
  });

  it("that is made up is nobody's", async () => {
    for (const token of ["a".repeat(64), "", "x", "A".repeat(64), "0".repeat(4_000)]) {
      const nobody = visitor(worker, { cookie: `__Host-session=${token}` });
      assert.equal((await nobody.see("/")).location, "/sign-in");
    }
  });
});

describe("an open socket", () => {
  async function open(cookie) {
    const url = `${worker.origin.replace("http", "ws")}/live`;
    const socket = new WebSocket(url, { headers: { cookie, origin: worker.origin } });
    const one = { socket, closed: null };
    socket.onclose = (event) => (one.closed = event.code);
    await within(
      3_000,
      new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = () => reject(new Error("refused"));
      }),
    );
    const greeted = new Promise((resolve) => (socket.onmessage = resolve));
    socket.send(JSON.stringify({ hello: { cursor: 0, topics: [] } }));
    await within(3_000, greeted);
    return one;
  }
  const closes = (one) => until((code) => code !== null, async () => one.closed, 1_000);

  it("on which nothing happens closes within a second of the sign-out (case 56)", async () => {
    const ada = visitor(worker);
    await ada.signIn(ADA);
    const [one, other] = [await open(ada.cookie), await open(ada.cookie)];
    await (await ada.post("/sign-out", { action: "sign_out" })).text();
    assert.equal(await closes(one), 4401);
    assert.equal(await closes(other), 4401);
  });

  it("closes when its browser signs in anew, and nobody else's does", async () => {
    const [ada, other] = [visitor(worker), visitor(worker)];
    await ada.signIn(ADA);
    await other.signIn(ADA);
    const [hers, others] = [await open(ada.cookie), await open(other.cookie)];
    await ada.signIn(ADA);
    assert.equal(await closes(hers), 4401);
    assert.equal(others.closed, null);
    others.socket.close();
  });

  it("is one of 64 at most of its session", async () => {
    const ada = visitor(worker);
    await ada.signIn(ADA);
    const sockets = [];
    for (let n = 0; n < 64; n += 1) sockets.push(await open(ada.cookie));
    const refused = await ada.get("/live", {
      headers: { upgrade: "websocket", origin: worker.origin },
    });
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers.get("retry-after")) > 0);
    await refused.text();
    for (const { socket } of sockets) socket.close();
  });
});

describe("a wrong password", () => {
  it("costs time from the third on, and then the pair is locked with its wait (case 68, of passwords)", async () => {
    const guesser = visitor(worker, { network: "203.0.113.1" });
    const took = [];
    for (let n = 0; n < 3; n += 1) {
      const began = Date.now();
      const answer = await guesser.send("/sign-in", wrong(ADA));
      took.push(Date.now() - began);
      assert.equal(answer.status, 422);
      assert.ok(answer.text.includes(ADA), "the address is kept");
    }
    assert.ok(took[2] >= 250, `${took}`);
    const more = await Promise.all(
      Array.from({ length: 9 }, () => guesser.send("/sign-in", wrong(ADA))),
    );
    const statuses = more.map((answer) => answer.status).sort();
    assert.deepEqual(statuses, [422, 422, 422, 422, 422, 429, 429, 429, 429]);
    for (const { headers } of more.filter((answer) => answer.status === 429)) {
      const wait = Number(headers.get("retry-after"));
      assert.ok(wait > 800 && wait <= 900, `${wait}`);
    }
    const right = { action: "sign_in", email: ADA, password: PASSWORD };
    assert.equal((await guesser.send("/sign-in", right)).status, 429, "even the right one");
  });

  it("locks the guesser out, not the person: they get in from their own address", async () => {
    const ada = visitor(worker, { network: "203.0.113.2" });
    await ada.signIn(ADA);
  });

  it("guessed 200 times at once is compared 8 times (case 71)", async () => {
    const guesser = visitor(worker, { network: "2001:db8:0:1::5" });
    const neighbour = visitor(worker, { network: "2001:db8:0:1::6" });
    const guess = (n) => (n % 2 ? guesser : neighbour).send("/sign-in", wrong("mia@example.org"));
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => guess(n)));
    const withStatus = (status) => answers.filter((answer) => answer.status === status);
    assert.equal(withStatus(422).length, 8);
    assert.equal(withStatus(429).length, 192);
    for (const answer of withStatus(429)) assert.ok(Number(answer.headers.get("retry-after")) > 0);
  });

  it("is answered exactly as an unknown address", async () => {
    const [one, other] = ["203.0.113.3", "203.0.113.4"].map((network) => visitor(worker, { network }));
    const known = await one.send("/sign-in", wrong(ADA));
    const unknown = await other.send("/sign-in", wrong("nobody@example.org"));
    assert.equal(unknown.status, known.status);
    const plain = ({ text }) => anonymous(text).replaceAll(/[a-z]+@example\.org/g, "@");
    assert.equal(plain(unknown), plain(known));
    const names = ({ headers }) => [...headers.keys()].filter((name) => name !== "date").sort();
    assert.deepEqual(names(unknown), names(known));
  });

  it("or the right one, while attempts can't be counted, lets nobody in (case 71)", async () => {
    await db.prepare("ALTER TABLE sign_in_attempts RENAME TO elsewhere").run();
    try {
      const ada = visitor(worker, { network: "203.0.113.5" });
      const answer = await ada.send("/sign-in", { action: "sign_in", email: ADA, password: PASSWORD });
      assert.ok(answer.status >= 500, `${answer.status}`);
      assert.deepEqual(answer.headers.getSetCookie(), []);
    } finally {
      await db.prepare("ALTER TABLE elsewhere RENAME TO sign_in_attempts").run();
    }
  });
});

describe("a visitor who is signed out", () => {
  const PAGES = [
    ...["/", "/projects/new", "/projects/MONO", "/projects/MONO/new", "/projects/MONO/settings"],
    ...["/tasks/MONO-1", "/tasks/MONO-1/edit", "/runs/run_00000000000000000000000000"],
    ...["/sandboxes", "/sandboxes/sbx_00000000000000000000000000", "/validations"],
  ];
  for (const path of PAGES) {
    it(`${path}: signs in first, and comes back`, async () => {
      const { status, location, text } = await visitor(worker).see(path);
      assert.equal(status, 303);
      assert.equal(text, "");
      const to = path === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`;
      assert.equal(location, to);
    });
  }

  it("comes back to a page of this site only", async () => {
    const hostile = ["//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example"];
    hostile.push("/a\r\nset-cookie: x=y", "/\t/evil.example", "javascript:alert(1)");
    for (const next of hostile) {
      const ada = visitor(worker);
      const answer = await ada.signIn(ADA, PASSWORD, `/sign-in?next=${encodeURIComponent(next)}`);
      assert.equal(answer.headers.get("location"), "/", next);
      assert.equal((await ada.see(`/sign-in?next=${encodeURIComponent(next)}`)).location, "/", next);
    }
    const answer = await visitor(worker).signIn(ADA, PASSWORD, "/sign-in?next=%2Fvalidations%3Fa%3Db");
    assert.equal(answer.headers.get("location"), "/validations?a=b");
  });
});

describe("a deployment with a name", () => {
  const own = "https://monotask.example";
  const token = "a token that was drawn at random";
  let deployed;
  before(async () => {
    // As it is written by hand, with a slash at its end.
    deployed = await startWorker({ vars: { PUBLIC_ORIGIN: `${own}/`, SETUP_TOKEN: token } });
  });
  after(() => deployed.close());
  const from = (network) => visitor({ ...deployed, submit: (path, fields, headers) =>
    deployed.submit(path, fields, { ...headers, origin: own }) }, { network });

  it("asks for its setup token, whatever the request's own host is", async () => {
    const page = await from("192.0.2.1").see("/setup");
    assert.equal(page.status, 200);
    assert.match(page.text, /name="setup_token"/);
    const without = await from("192.0.2.1").send("/setup", setUp);
    assert.equal(without.status, 422);
    assert.match(without.text, /isn(&#x27;|&#39;|')t this installation/);
  });

  it("takes ten guesses of it from one network, then none for a while", async () => {
    const guesser = from("192.0.2.2");
    const guess = () => guesser.send("/setup", { ...setUp, setup_token: "guess" });
    const answers = await Promise.all(Array.from({ length: 15 }, guess));
    const statuses = answers.map((answer) => answer.status).sort();
    assert.deepEqual(statuses, [...Array(10).fill(422), ...Array(5).fill(429)]);
    const right = await guesser.send("/setup", { ...setUp, setup_token: token });
    assert.equal(right.status, 429);
    assert.ok(Number(right.headers.get("retry-after")) > 800);
    assert.ok(!right.text.includes(token));
  });

  it("is set up by who has it", async () => {
    const answer = await from("192.0.2.3").send("/setup", { ...setUp, setup_token: token });
    assert.equal(answer.status, 303, answer.text);
    assert.match(answer.headers.getSetCookie()[0], OPENING);
  });

  it("has no hooks, though a test's secret slipped in", async () => {
    const hook = await deployed.hook("server-functions");
    assert.equal(hook.status, 404);
    assert.equal(hook.headers.get("server-timing"), null);
    await hook.text();
  });
});
