// Keys and tokens: made as their owners make them, and forged.

import { createPrivateKey, createPublicKey, randomBytes, randomInt, sign } from "node:crypto";
import { crc32 } from "node:zlib";
import { formKey } from "./visitor.mjs";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** What stands in front of an Ed25519 seed in PKCS #8. */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** Every scope that a key can have. */
export const SCOPES = [
  ...["read", "audit:read", "tasks:write", "runs:write", "evidence:write", "projects:write"],
  ...["members:write", "keys:write", "workspace:write", "approvals:write", "members:delete", "keys:delete"],
];

/** Text in base64url, as tokens have it. */
export const b64 = (text) => Buffer.from(text).toString("base64url");

/** A key that signs tokens: its entry of `SIGNING_KEYS`, what is public of it, and its signature. */
export function signer(name) {
  const seed = randomBytes(32);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  return {
    name,
    entry: `${name}:${seed.toString("base64url")}`,
    public: createPublicKey(key).export({ format: "jwk" }),
    pem: createPublicKey(key).export({ format: "pem", type: "spki" }),
    sign: (message) => sign(null, Buffer.from(message), key),
  };
}

/** A token of these parts, each an object or a text, signed by `by`. */
export function tokenOf(header, claims, by) {
  const part = (value) => b64(typeof value === "string" ? value : JSON.stringify(value));
  const message = `${part(header)}.${part(claims)}`;
  return `${message}.${b64(by.sign(message))}`;
}

/** The header and the claims of a token. */
export function readToken(token) {
  const [header, claims] = token.split(".").slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url")));
  return { header, claims };
}

/** The text of a key with a right checksum that nobody has. */
export function madeUpKey(random = Array.from({ length: 32 }, () => ALPHABET[randomInt(62)]).join("")) {
  const checked = `mt_${random}`;
  let rest = crc32(checked);
  let checksum = "";
  for (let digit = 0; digit < 6; digit += 1) {
    checksum = ALPHABET[rest % 62] + checksum;
    rest = Math.floor(rest / 62);
  }
  return checked + checksum;
}

/** Makes a key in the settings, as its owner does: its id and its text. */
export async function makeKey(worker, owner, { scopes = SCOPES, project = "", expires = "30" } = {}) {
  const ticked = Object.fromEntries(scopes.map((scope) => [`scope-${scope.replace(":", "-")}`, "on"]));
  const fields = { action: "create", name: "Of a test", idempotency_key: formKey(), project, expires, ...ticked };
  const { status, text } = await owner.send("/settings/keys", fields);
  const [key] = /mt_[0-9A-Za-z]{38}/.exec(text) ?? [];
  if (!key) throw new Error(`no key: ${status} ${text.slice(0, 2_000)}`);
  const me = await worker.fetch("/api/v1/me", { headers: { authorization: `Bearer ${key}` } });
  return { id: (await me.json()).key.id, text: key };
}

/** Exchanges a key for a token. */
export async function exchange(worker, key, wanted = {}) {
  const answer = await worker.fetch("/api/v1/tokens", {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(wanted),
  });
  if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).access_token;
}
