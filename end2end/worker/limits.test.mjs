// How many requests of a class somebody may make, on the Worker as it ships.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PASSWORD, makeTeam, read, visitor } from "../support/visitor.mjs";
import { noteFigures, setLimits, startWorker, until, within } from "../support/worker.mjs";

/** A file that nobody has: whoever asks for it is counted as a reader and gets nothing. */
const NOTHING = "/evidence/evd_00000000000000000000000000";
const NARROW = { read: [20, 1], write: [10, 60], sign_in: [20, 300], upload: [2, 60] };

let worker, db, env, team;
const figures = [];
before(async () => {
  worker = await startWorker({ limits: {} });
  env = await worker.server.getWorker().getEnv();
  db = env.DB;
  team = await makeTeam(worker, "limited", ["member", "viewer"]);
});
after(async () => {
  noteFigures("limits", figures);
  await worker.close();
});

/** Sets policies for everybody, or forgets what is remembered of those and of principals. */
async function limit(policies = {}) {
  if (Object.keys(policies).length > 0) await setLimits(db, policies);
  const answer = await worker.hook("limits", { body: new URLSearchParams() });
  assert.equal(answer.status, 200, await answer.text());
}

/** A request that is counted: when it was sent and answered, and what came of it. */
async function ask(who, path = NOTHING, headers = {}) {
  const sent = performance.now();
  const answer = await read(await who.get(path, { headers: { accept: "application/json", ...headers } }));
  return { ...answer, sent, received: performance.now(), passed: answer.status !== 429 };
}

/** A form that is counted: it changes the theme only. */
const write = (who) => who.send("/preferences/theme", { theme: "dark", back: "/" });
const left = (answer) => Number(/;r=(\d+)/.exec(answer.headers.get("ratelimit"))[1]);
/** Makes the limiter know who this is, and waits until it does. Gives the entry's name. */
async function introduce(who) {
  const name = await sha256(who.cookie.split("=")[1]);
  await ask(who);
  await until((entry) => entry !== null, () => env.SESSIONS.get(name));
  return name;
}

/** The most that passed within one window of so many milliseconds, for certain. */
function fullest(answers, window) {
  const passed = answers.filter((one) => one.passed);
  const within = ({ sent }) =>
    passed.filter((one) => one.sent >= sent && one.received < sent + window).length;
  return Math.max(0, ...passed.map(within));
}

describe("a limit", () => {
  before(() => limit({ read: [20, 1] }));

  it("holds in every window while 16 clients ask as fast as they can, and none is lost", async () => {
    const seconds = 6;
    const one = visitor(worker, { network: "192.0.2.10" });
    const end = performance.now() + seconds * 1_000;
    const answers = [];
    const client = async () => {
      while (performance.now() < end) answers.push(await ask(one));
    };
    await Promise.all(Array.from({ length: 16 }, client));
    const passed = answers.filter((answer) => answer.passed).length;
    const most = fullest(answers, 1_000);
    assert.ok(most <= 20, `${most} within one second`);
    assert.ok(passed >= 20 * (seconds - 1) && passed <= 20 * (seconds + 1), `${passed} passed`);
    assert.ok(answers.length > passed * 2, `only ${answers.length} were asked`);
    figures.push({ name: "requests in the fullest window ÷ limit, 16 clients", value: most / 20, limit: 1, unit: "" });
  });

  it("holds across the edge of a window", async () => {
    await limit({ read: [20, 3] });
    const one = visitor(worker, { network: "192.0.2.11" });
    const burst = (count) => Promise.all(Array.from({ length: count }, () => ask(one)));
    const first = await burst(12);
    assert.equal(first.filter((answer) => answer.passed).length, 12);
    await sleep(2_000);
    const second = await burst(30);
    assert.equal(second.filter((answer) => answer.passed).length, 8, "what is left of the window");
    await sleep(first.at(-1).received + 3_050 - performance.now());
    const third = await burst(30);
    assert.equal(third.filter((answer) => answer.passed).length, 12, "what has left it");
    assert.ok(fullest([...first, ...second, ...third], 3_000) <= 20);
  });

  it("of 50 lets 50 of 200 at once pass (case 71)", async () => {
    await limit({ read: [50, 60] });
    const one = visitor(worker, { network: "192.0.2.12" });
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(one)));
    assert.equal(answers.filter((answer) => answer.passed).length, 50);
    for (const { status, headers } of answers) {
      assert.equal(headers.get("ratelimit-policy"), '"read";q=50;w=60');
      if (status !== 429) continue;
      const wait = Number(headers.get("retry-after"));
      assert.ok(wait >= 50 && wait <= 60, `${wait}`);
      assert.match(headers.get("ratelimit"), /^"read";r=0;t=\d+$/);
    }
  });

  it("counts down, and says when there is more", async () => {
    const one = visitor(worker, { network: "192.0.2.13" });
    for (const remaining of [49, 48, 47]) {
      const answer = await ask(one);
      assert.equal(left(answer), remaining);
      const seconds = Number(/;t=(\d+)$/.exec(answer.headers.get("ratelimit"))[1]);
      assert.ok(seconds > 50 && seconds <= 60, `${seconds}`);
    }
  });

  it("isn't forgotten when its object is evicted", async () => {
    const one = visitor(worker, { network: "192.0.2.14" });
    for (let n = 0; n < 10; n += 1) await ask(one);
    const name = { name: "read:network:192.0.2.14" };
    await worker.server.getWorker().evictDurableObject("RATE_LIMITER", name);
    assert.equal(left(await ask(one)), 39);
  });

  it("refuses a program with a problem and a person with a page", async () => {
    await limit({ read: [1, 60] });
    const one = visitor(worker, { network: "192.0.2.15" });
    await ask(one);
    const problem = await ask(one);
    assert.equal(problem.status, 429);
    assert.equal(problem.headers.get("content-type"), "application/problem+json");
    assert.equal(JSON.parse(problem.text).code, "too_many");
    const page = await one.see(NOTHING);
    assert.equal(page.status, 429);
    assert.match(page.headers.get("content-type"), /^text\/html/);
    assert.ok(Number(page.headers.get("retry-after")) > 0);
  });
});

describe("a principal", () => {
  before(() => limit(NARROW));

  it("is counted by who they are, apart from everybody else at their address", async () => {
    await introduce(team.owner);
    await introduce(team.member);
    const all = async (who) => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => write(who)));
      return answers.filter((answer) => answer.status !== 429).length;
    };
    assert.equal(await all(team.owner), 10);
    assert.equal(await all(team.member), 10, "another person there");
    assert.equal(await all(team.owner), 0);
    const elsewhere = visitor(worker, { cookie: team.owner.cookie, network: "192.0.2.20" });
    assert.equal((await write(elsewhere)).status, 429, "the same person at another address");
    assert.notEqual((await ask(team.owner)).status, 429, "another class");
  });

  it("that is made up is its network's, and makes no object of its own (case 68)", async () => {
    await limit({ read: [30, 60] });
    const ids = async () => (await worker.server.getWorker().listDurableObjectIds("RATE_LIMITER")).length;
    const before = await ids();
    const guess = (n) => {
      const cookie = `__Host-session=${n.toString(16).padStart(64, "0")}`;
      return ask(visitor(worker, { cookie, network: "192.0.2.21" }));
    };
    const answers = await Promise.all(Array.from({ length: 300 }, (_, n) => guess(n)));
    assert.equal(answers.filter((answer) => answer.status === 401).length, 30);
    assert.equal(answers.filter((answer) => answer.status === 429).length, 270);
    assert.ok((await ids()) <= before + 1);
    assert.deepEqual((await env.SESSIONS.list({ prefix: "00000000" })).keys, []);
  });

  it("that guesses keys is refused uniformly, and then counted out (case 68)", async () => {
    await limit({ read: [30, 60] });
    const guesser = visitor(worker, { network: "192.0.2.22" });
    const key = (n) => `mt_${String(n).padStart(38, n % 2 ? "0" : "x")}`;
    const guess = (n) => ask(guesser, "/api/v1/me", { authorization: `Bearer ${key(n)}` });
    const answers = await Promise.all(Array.from({ length: 90 }, (_, n) => guess(n)));
    const refused = answers.filter((answer) => answer.status === 401);
    assert.equal(refused.length, 30);
    const plain = ({ text }) => text.replaceAll(/[0-9a-f]{32}/g, "…");
    assert.equal(new Set(refused.map(plain)).size, 1);
    const rest = answers.filter((answer) => answer.status !== 401);
    assert.deepEqual(rest.map((answer) => answer.status), Array(60).fill(429));
    for (const { headers } of rest) assert.ok(Number(headers.get("retry-after")) > 0);
    assert.deepEqual((await env.API_KEYS.list()).keys, []);
  });

  it("whose session ended gets nothing by what KV says (case 46)", async () => {
    await limit({ read: [900, 60], write: [900, 60] });
    const one = visitor(worker);
    await one.signIn(team.address("member"));
    const name = await introduce(one);
    const entry = await env.SESSIONS.get(name);
    assert.ok(JSON.parse(entry).known.principal.startsWith("usr_"));
    await db.prepare("UPDATE sessions SET revoked_at = ? WHERE token_hash = ?").bind(Date.now(), name).run();
    await env.SESSIONS.put(name, entry);
    assert.equal((await ask(one)).status, 401);
    assert.equal((await one.see("/")).location, "/sign-in");
    assert.equal((await one.send("/projects/new", { action: "create", name: "Late", key: "LATE" })).status, 401);
  });

  it("that KV alone knows is nobody, whatever it says", async () => {
    const token = "ab".repeat(32);
    const { principal } = { principal: "usr_00000000000000000000000000" };
    const entry = { known: { principal, workspace: team.workspace }, read_at: Date.now() };
    await env.SESSIONS.put(await sha256(token), JSON.stringify(entry));
    const nobody = visitor(worker, { cookie: `__Host-session=${token}` });
    assert.equal((await ask(nobody)).status, 401);
    assert.equal((await nobody.see("/")).location, "/sign-in");
    await until((text) => text === null, async () => env.SESSIONS.get(await sha256(token)));
    for (const garbage of ["", "{", "[]", '{"known":5}', "x".repeat(100_000)]) {
      await env.SESSIONS.put(await sha256(token), garbage);
      await limit();
      assert.equal((await ask(nobody)).status, 401, garbage.slice(0, 20));
    }
  });
});

describe("a policy", () => {
  it("is the workspace's own before everybody's", async () => {
    await limit({ write: [40, 60] });
    const own = { class: "write", requests: "33", window_s: "60", workspace: team.workspace };
    await (await worker.hook("limits", { body: new URLSearchParams(own) })).text();
    await introduce(team.viewer);
    const answer = await write(team.viewer);
    assert.equal(answer.headers.get("ratelimit-policy"), '"write";q=33;w=60');
    const stranger = await write(visitor(worker, { network: "192.0.2.30" }));
    assert.equal(stranger.headers.get("ratelimit-policy"), '"write";q=40;w=60');
  });

  it("that can't be read is the standard one, and no request fails for it", async () => {
    await db.prepare("ALTER TABLE rate_limit_policies RENAME TO elsewhere").run();
    try {
      await limit();
      const answer = await ask(visitor(worker, { network: "192.0.2.31" }));
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get("ratelimit-policy"), '"read";q=600;w=60');
    } finally {
      await db.prepare("ALTER TABLE elsewhere RENAME TO rate_limit_policies").run();
      await sleep(5_100);
    }
  });

  it("that KV garbles is read again", async () => {
    await limit({ read: [77, 60] });
    await env.RATE_LIMITS.put("policies", '{"policies":{"read":5}}');
    await worker.hook("limits", { body: new URLSearchParams({ only_here: "1" }) });
    const answer = await ask(visitor(worker, { network: "192.0.2.32" }));
    assert.equal(answer.headers.get("ratelimit-policy"), '"read";q=77;w=60');
  });
});

describe("an attempt to sign in", () => {
  before(() => limit({ sign_in: [5, 300], read: [900, 60], write: [900, 60] }));
  const right = () => ({ action: "sign_in", email: team.address("member"), password: PASSWORD });
  const wrong = (n) => ({ action: "sign_in", email: `p${n}@limited.example`, password: "not the password" });

  it("that succeeds is taken back: an office behind one address signs in all day", async () => {
    for (let n = 0; n < 8; n += 1) {
      const one = visitor(worker, { network: "192.0.2.40" });
      await one.signIn(team.address("member"));
    }
  });

  it("that fails is counted, whoever it is about, until nobody there is let in", async () => {
    const one = visitor(worker, { network: "192.0.2.41" });
    for (let n = 0; n < 5; n += 1) assert.equal((await one.send("/sign-in", wrong(n))).status, 422);
    const refused = await one.send("/sign-in", right());
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get("ratelimit-policy"), '"sign_in";q=5;w=300');
    assert.ok(Number(refused.headers.get("retry-after")) > 250);
    const elsewhere = visitor(worker, { network: "192.0.2.42" });
    assert.equal((await elsewhere.send("/sign-in", right())).status, 303);
  });
});

describe("while nobody counts", () => {
  const right = () => ({ action: "sign_in", email: team.address("member"), password: PASSWORD });
  const arm = async (how) => {
    const answer = await worker.hook("pipeline/arm", { body: JSON.stringify({ point: "limiter", ...how }) });
    assert.equal(answer.status, 200, await answer.text());
  };
  const disarm = async () => (await worker.hook("pipeline/disarm", { body: "{}" })).text();

  it("nobody gets in, and everybody reads and writes (case 71)", async () => {
    await arm({ broken: true });
    try {
      const one = visitor(worker, { network: "192.0.2.50" });
      const refused = await one.send("/sign-in", right());
      assert.equal(refused.status, 503);
      assert.ok(Number(refused.headers.get("retry-after")) > 0);
      assert.deepEqual(refused.headers.getSetCookie(), []);
      assert.equal((await ask(team.viewer)).status, 404);
      assert.equal((await write(team.viewer)).status, 303);
    } finally {
      await disarm();
    }
    const one = visitor(worker, { network: "192.0.2.50" });
    assert.equal((await one.send("/sign-in", right())).status, 303);
  });

  it("because its object hangs, the same, in bounded time", async () => {
    const one = visitor(worker, { network: "192.0.2.51" });
    await arm({});
    assert.equal((await within(5_000, one.send("/sign-in", right()))).status, 503);
    await disarm();
    await arm({});
    assert.equal((await within(3_000, ask(one))).status, 401);
    await disarm();
  });

  it("because its object traps, the same", async () => {
    const one = visitor(worker, { network: "192.0.2.52" });
    await arm({ trap: true });
    assert.equal((await within(5_000, one.send("/sign-in", right()))).status, 503);
    assert.equal((await within(5_000, one.send("/sign-in", right()))).status, 303);
  });
});

describe("measured", () => {
  it("to know who asks costs no round trip of its own", async () => {
    await limit({ read: [900, 60] });
    await introduce(team.viewer);
    const trips = ({ headers }) => Number(/d1;desc="(\d+)"/.exec(headers.get("server-timing"))[1]);
    const asked = await ask(team.viewer);
    assert.equal(asked.status, 404);
    const me = await ask(team.viewer, "/api/v1/me");
    assert.equal(me.status, 200);
    assert.ok(me.headers.get("ratelimit").startsWith('"read";'));
    const beyond = Math.max(trips(asked), trips(me)) - 1;
    assert.equal(beyond, 0);
    figures.push({ name: "D1 round trips of authentication, beyond the read's own", value: beyond, limit: 0, unit: "" });
  });

  it("sixteen who sign in at once hold others up no more than sixteen other forms do", async () => {
    const { member } = await makeTeam(worker, "others", ["member"]);
    const people = Array.from({ length: 16 }, (_, n) => `n${n}@limited.example`);
    for (const email of people) {
      const person = { workspace: team.workspace, role: "member", name: email, email, password: PASSWORD };
      await (await worker.hook("members", { body: new URLSearchParams(person) })).text();
    }
    await limit({ sign_in: [20, 300], write: [500, 60] });
    const ratios = [];
    for (let round = 0; round < 3; round += 1) {
      const one = visitor(worker, { network: `192.0.2.${60 + round}` });
      const signIn = (email) => one.post("/sign-in", { action: "sign_in", email, password: PASSWORD });
      // What so many requests cost anyway, whatever they are about.
      const floor = await stall(() => write(member), people);
      const stalled = await stall(signIn, people);
      console.log(`# others waited at p95 for ${stalled.toFixed(0)} ms, with other forms ${floor.toFixed(0)} ms`);
      ratios.push(stalled / floor);
    }
    const [, median] = ratios.sort((a, b) => a - b);
    figures.push({ name: "stall of others while 16 sign in ÷ while 16 send another form", value: median, limit: 2.5, unit: "" });
  });
});

/** What others wait at p95 while one such request for each of `people` is under way, in milliseconds. */
async function stall(send, people) {
  let done = false;
  const statuses = Promise.all(people.map(async (email) => (await send(email)).status));
  const ended = statuses.finally(() => (done = true));
  // One probe at a time, and each that was late stands for those that would have come meanwhile:
  // sent every 5 ms they would be the load themselves.
  const waits = [];
  while (!done) {
    const begun = performance.now();
    await (await worker.fetch("/health")).text();
    for (let wait = performance.now() - begun; wait > 0; wait -= 5) waits.push(wait);
    await sleep(5);
  }
  assert.deepEqual(await ended, Array(people.length).fill(303));
  waits.sort((a, b) => a - b);
  assert.ok(waits.length > 10, `${waits.length} probes`);
  return waits[Math.floor(waits.length * 0.95)];
}

async function sha256(text) {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Buffer.from(bytes).toString("hex");
}
