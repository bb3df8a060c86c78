// Credentials of programs on the Worker as it ships: those that somebody made up, all refused in one way,
// and keys that sign while they change.

import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { createServer, request } from "node:http";
import { after, before, describe, it } from "node:test";
import { b64, exchange, madeUpKey, makeKey, readToken, signer, tokenOf } from "../support/credentials.mjs";
import { told, withCredentials } from "../support/refusals.mjs";
import { done } from "../support/project.mjs";
import { makeTeam } from "../support/visitor.mjs";
import { startWorker } from "../support/worker.mjs";

const [first, second, stranger] = ["first", "second", "first"].map(signer);
const missing = (prefix) => `${prefix}_00000000000000000000000000`;

let worker, db, team, others, key, ask, allRefused, bearersRefused;
before(async () => {
  worker = await startWorker({ vars: { SIGNING_KEYS: first.entry } });
  ({ DB: db } = await worker.server.getWorker().getEnv());
  team = await makeTeam(worker, "tokens");
  others = await makeTeam(worker, "others", []);
  await done(team.owner.send("/projects/new", { action: "create", name: "Tokens", key: "TOKEN" }));
  key = await makeKey(worker, team.owner);
  ({ ask, allRefused, bearersRefused } = withCredentials(worker, () => db));
});
after(() => worker?.close());

describe("a token that somebody made up", () => {
  let header, claims, now, good, forged;
  before(async () => {
    good = await exchange(worker, key.text);
    ({ header, claims } = readToken(good));
    now = claims.iat;
    forged = (more = {}, at = {}) => tokenOf({ ...header, ...at }, { ...claims, ...more }, first);
  });

  it("of the right parts would hold: that is what the others are made of", async () => {
    assert.deepEqual(Object.keys(header).sort(), ["alg", "kid", "typ"]);
    assert.equal((await ask(`Bearer ${good}`)).status, 200);
    assert.equal((await ask(`Bearer ${forged()}`)).status, 200);
    assert.equal((await ask(`Bearer ${forged({ nbf: now - 60, jti: "another" })}`)).status, 200);
  });

  it("with another algorithm than ours is refused (case 69)", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const message = (alg) => `${b64(JSON.stringify({ ...header, alg }))}.${b64(JSON.stringify(claims))}`;
    const shared = (alg, hash, secret) => {
      const mac = createHmac(hash, secret).update(message(alg)).digest();
      return `${message(alg)}.${b64(mac)}`;
    };
    const raw = Buffer.from(first.public.x, "base64url");
    const es256 = sign("sha256", Buffer.from(message("ES256")), { key: privateKey, dsaEncoding: "ieee-p1363" });
    await bearersRefused({
      "none, unsigned": `${message("none")}.`,
      "nOnE, unsigned": `${message("nOnE")}.`,
      "none, signed by us": tokenOf({ ...header, alg: "none" }, claims, first),
      "HS256 with our public key": shared("HS256", "sha256", raw),
      "HS256 with our public key as text": shared("HS256", "sha256", first.public.x),
      "HS256 with our public key as PEM": shared("HS256", "sha256", first.pem),
      "HS512 with our public key as JWK": shared("HS512", "sha512", JSON.stringify(first.public)),
      "EdDSA with a shared secret": shared("EdDSA", "sha512", raw),
      "ES256 of another key": `${message("ES256")}.${b64(es256)}`,
      "EdDSA without a signature": `${message("EdDSA")}.`,
      "EdDSA with zeros": `${message("EdDSA")}.${b64(Buffer.alloc(64))}`,
      "signed by a stranger under our key's name": tokenOf(header, claims, stranger),
    });
  });

  it("with another header than ours is refused, and no address in it is asked (case 69)", async () => {
    let asked = 0;
    const listening = createServer((_, response) => {
      asked += 1;
      response.end(JSON.stringify({ keys: [stranger.public] }));
    });
    await new Promise((resolve) => listening.listen(0, "127.0.0.1", resolve));
    const elsewhere = `http://127.0.0.1:${listening.address().port}/jwks.json`;
    const at = (more, by = first) => tokenOf({ ...header, ...more }, claims, by);
    const { kid, ...nameless } = header;
    try {
      await bearersRefused({
        "no kid": tokenOf(nameless, claims, first),
        "an unknown kid": at({ kid: "third" }),
        "a path as kid": at({ kid: "../../../dev/null" }),
        "SQL as kid": at({ kid: `' UNION SELECT '${kid}` }),
        "an address as kid": at({ kid: elsewhere }, stranger),
        "a list as kid": at({ kid: [kid] }),
        "a long kid": at({ kid: kid.repeat(200) }),
        "a kid that is nearly ours": at({ kid: `${kid}\u0000` }),
        jku: at({ jku: elsewhere }, stranger),
        x5u: at({ x5u: elsewhere }, stranger),
        jwk: at({ jwk: stranger.public }, stranger),
        "jwk beside our own signature": at({ jwk: first.public }),
        crit: at({ crit: ["exp"] }),
        "b64 and crit": at({ b64: false, crit: ["b64"] }),
        zip: at({ zip: "DEF" }),
        "typ JWT": at({ typ: "JWT" }),
        "typ of logout tokens": at({ typ: "logout+jwt" }),
        "no typ": at({ typ: undefined }),
      });
    } finally {
      listening.close();
    }
    assert.equal(asked, 0);
  });

  it("with claims that ours don't have is refused (cases 68 and 69)", async () => {
    const revoked = await makeKey(worker, team.owner);
    const ofRevoked = await exchange(worker, revoked.text);
    await team.owner.send("/settings/keys", { action: "revoke", key: revoked.id });
    const run = missing("run");
    await bearersRefused({
      "another audience": forged({ aud: "https://elsewhere.example/api/v1" }),
      "two audiences": forged({ aud: [claims.aud, "https://elsewhere.example"] }),
      "another issuer": forged({ iss: "https://elsewhere.example" }),
      "the issuer of another origin": forged({ iss: `${claims.iss}.elsewhere.example` }),
      "no issuer": forged({ iss: undefined }),
      "no end": forged({ exp: undefined }),
      "ended a second ago": forged({ iat: now - 60, exp: Math.floor(Date.now() / 1_000) - 1 }),
      "an end that is text": forged({ exp: String(claims.exp) }),
      "an end too far away": forged({ exp: now + 901 }),
      "an end beyond numbers": forged({ exp: 2 ** 53 }),
      "not before later": forged({ nbf: now + 600 }),
      "issued in the future": forged({ iat: now + 700, exp: now + 800 }),
      "no jti": forged({ jti: "" }),
      "no key that there is": forged({ sub: missing("key") }),
      "a person": forged({ sub: missing("usr") }),
      "SQL as subject": forged({ sub: "' OR 1=1 --" }),
      "every scope": forged({ scope: "*" }),
      "a role beside": forged({ role: "owner" }),
      "a run without a lease": forged({ sub: run, scope: "run" }),
      "a run with a made-up lease": forged({ sub: run, scope: "run", lease: "0".repeat(64) }),
      "a key with a lease": forged({ lease: "0".repeat(64) }),
      "a key that was revoked": ofRevoked,
    });
  });

  it("that is cut, stretched or put together is refused (case 69)", async () => {
    const other = await exchange(worker, key.text, { scope: "read" });
    const [head, payload, signature] = good.split(".");
    const twice = (text, more) => text.replace("{", `{${more},`);
    const [headText, claimsText] = [JSON.stringify(header), JSON.stringify(claims)];
    let deep = "0";
    for (let level = 0; level < 300; level += 1) deep = `[${deep}]`;
    await bearersRefused({
      "a character short": good.slice(0, -1),
      "without its signature": `${head}.${payload}`,
      "without its claims": `${head}..${signature}`,
      "a part more": `${good}.${signature}`,
      "padded": `${good}==`,
      "padded within": `${head}=.${payload}.${signature}`,
      "the claims of another": `${head}.${other.split(".")[1]}.${signature}`,
      "the signature of another": `${head}.${payload}.${other.split(".")[2]}`,
      "sub twice": tokenOf(headText, twice(claimsText, `"sub":"${missing("key")}"`), first),
      "exp twice": tokenOf(headText, twice(claimsText, '"exp":1'), first),
      "alg twice": tokenOf(twice(headText, '"alg":"none"'), claimsText, first),
      "claims that are no JSON": tokenOf(headText, "claims", first),
      "claims that are a list": tokenOf(headText, `[${claimsText}]`, first),
      "claims that are a token": tokenOf({ ...header, cty: "JWT" }, good, first),
      "claims that are deep": tokenOf(headText, `{"sub":${deep}}`, first),
      "two texts of JSON": tokenOf(headText, `${claimsText}{}`, first),
      "nothing at all": "..",
      "four times as long": forged({ jti: "x".repeat(4_000) }),
      "of 12,000 bytes": forged({ jti: "x".repeat(9_000) }),
    });
  });
});

describe("a key that somebody made up", () => {
  it("or that holds no longer, is refused just so (case 68)", async () => {
    const made = async (who = team.owner) => makeKey(worker, who);
    const revoked = await made();
    await team.owner.send("/settings/keys", { action: "revoke", key: revoked.id });
    const expired = await made();
    await db.prepare("UPDATE api_keys SET expires_at = ? WHERE id = ?").bind(Date.now() - 1, expired.id).run();
    const removed = await makeKey(worker, team.member, { scopes: ["read"] });
    await db
      .prepare("DELETE FROM members WHERE user_id = (SELECT user_id FROM api_keys WHERE id = ?)")
      .bind(removed.id)
      .run();
    const swapped = key.text.replace(/[a-zA-Z]/g, (letter) =>
      letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
    );
    const flipped = (at) => key.text.slice(0, at) + (key.text[at] === "0" ? "1" : "0") + key.text.slice(at + 1);
    const { secret_hash: hash } = await db
      .prepare("SELECT secret_hash FROM api_keys WHERE id = ?")
      .bind(key.id)
      .first();
    await bearersRefused({
      "another character": flipped(20),
      "another checksum": flipped(40),
      "a character short": key.text.slice(0, -1),
      "a character more": `${key.text}0`,
      padded: `${key.text}=`,
      "its prefix": key.text.slice(0, 11),
      "the other case": `mt_${swapped.slice(3)}`,
      "another beginning": `mk_${key.text.slice(3)}`,
      "its hash": hash,
      "its id": key.id,
      unknown: madeUpKey(),
      revoked: revoked.text,
      expired: expired.text,
      "of somebody who was removed": removed.text,
      "a session": team.owner.cookie.split("=")[1],
    });
  });

  it("or shown in another way than as one bearer, is refused just so", async () => {
    const basic = Buffer.from(`${key.text}:`).toString("base64");
    await allRefused({
      "as a user's name": `Basic ${basic}`,
      "under another scheme": `Token ${key.text}`,
      "without a scheme": key.text,
      "behind two spaces": `Bearer  ${key.text}`,
      "behind a colon": `Bearer: ${key.text}`,
      "as a parameter": `Bearer token="${key.text}"`,
      "twice in one": `Bearer ${key.text}, Bearer ${key.text}`,
      "not at all": "Bearer",
    });
  });

  it("beside a session that holds gets nothing by it", async () => {
    for (const authorization of ["Bearer x", `Bearer ${madeUpKey()}`, `Basic ${key.text}`]) {
      const answer = await ask(authorization, "GET", "/me", { headers: { cookie: team.owner.cookie } });
      assert.equal(answer.status, 401, authorization);
    }
  });

  it("and one that holds, in two headers, are nobody's together", async () => {
    const shown = [`Bearer ${key.text}`, `Bearer ${madeUpKey()}`];
    for (const authorization of [shown, shown.toReversed(), [shown[0], shown[0]]]) {
      const options = { headers: { authorization, "cf-connecting-ip": "198.51.100.250" } };
      const status = await new Promise((resolve, reject) => {
        const sent = request(`${worker.origin}/api/v1/me`, options, (answer) => {
          answer.resume().once("end", () => resolve(answer.statusCode));
        });
        sent.once("error", reject).end();
      });
      assert.equal(status, 401);
    }
  });

  it("isn't read from an address or a form", async () => {
    for (const path of [`/me?access_token=${key.text}`, `/me?key=${key.text}`]) {
      const answer = await worker.fetch(`/api/v1${path}`);
      assert.equal(answer.status, 401);
      assert.ok(!(await answer.text()).includes(key.text));
    }
  });
});

describe("a key that holds", () => {
  it("is taken under its scheme in any case (RFC 9110), and reaches its own workspace only", async () => {
    for (const scheme of ["Bearer", "bearer", "BEARER", "bEaReR"]) {
      assert.equal((await ask(`${scheme} ${key.text}`)).status, 200, scheme);
    }
    const theirs = await makeKey(worker, others.owner);
    for (const path of ["/projects/TOKEN", "/projects/TOKEN/tasks"]) {
      const hidden = await ask(`Bearer ${theirs.text}`, "GET", path);
      const none = await ask(`Bearer ${theirs.text}`, "GET", path.replace("TOKEN", "NOBODY"));
      assert.equal(hidden.status, 404, path);
      assert.deepEqual(told(hidden), told(none), path);
    }
  });

  it("is refused from its revocation on, and its tokens with it", async () => {
    const ending = await makeKey(worker, team.owner);
    const token = await exchange(worker, ending.text);
    assert.equal((await ask(`Bearer ${token}`)).status, 200);
    await team.owner.send("/settings/keys", { action: "revoke", key: ending.id });
    for (const credential of [ending.text, token]) {
      assert.equal((await ask(`Bearer ${credential}`)).status, 401);
    }
  });
});

describe("keys that sign", () => {
  const known = async () => {
    const answer = await worker.fetch("/.well-known/jwks.json");
    assert.equal(answer.headers.get("cache-control"), "public, max-age=300");
    const { keys } = await answer.json();
    for (const one of keys) assert.equal(one.d, undefined, "nothing secret of it");
    return keys.map(({ kid, x }) => [kid, x]);
  };
  const statusOf = async (token) => (await ask(`Bearer ${token}`)).status;
  const jwk = ({ name, public: { x } }) => [name, x];

  it("change while every token that they made goes on (rotation)", async () => {
    assert.deepEqual(await known(), [jwk(first)]);
    const early = await exchange(worker, key.text);
    await worker.restart({ SIGNING_KEYS: `${first.entry} ${second.entry}` });
    assert.deepEqual(await known(), [jwk(first), jwk(second)]);
    assert.equal(await statusOf(early), 200);
    const between = await exchange(worker, key.text);
    assert.equal(readToken(between).header.kid, first.name, "the new one is only known yet");
    await worker.restart({ SIGNING_KEYS: `${second.entry} ${first.entry}` });
    assert.deepEqual(await known(), [jwk(second), jwk(first)]);
    const late = await exchange(worker, key.text);
    assert.equal(readToken(late).header.kid, second.name);
    for (const token of [early, between, late]) assert.equal(await statusOf(token), 200);
    await worker.restart({ SIGNING_KEYS: second.entry });
    assert.deepEqual(await known(), [jwk(second)]);
    assert.deepEqual([await statusOf(early), await statusOf(between), await statusOf(late)], [401, 401, 200]);
    assert.equal(await statusOf(key.text), 200, "keys themselves aren't signed");
  });

  it("that can't be read sign nothing, and let nobody in", async () => {
    const late = await exchange(worker, key.text);
    await worker.restart({ SIGNING_KEYS: "second:short" });
    assert.deepEqual(await known(), []);
    assert.equal(await statusOf(late), 401);
    const answer = await ask(`Bearer ${key.text}`, "POST", "/tokens", { body: "{}" });
    assert.equal(answer.status, 503, answer.text);
    assert.equal(await statusOf(key.text), 200);
  });
});
