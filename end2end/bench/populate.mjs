import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

// A workspace with one project and some tasks, made through the forms that people use.

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A key's text: 32 characters of its own and the six of their checksum. */
function keyText(character) {
  const begun = `mt_${character.repeat(32)}`;
  let rest = crc32(begun);
  let checksum = "";
  for (let place = 0; place < 6; place += 1) {
    checksum = DIGITS[rest % 62] + checksum;
    rest = Math.floor(rest / 62);
  }
  return begun + checksum;
}

const EMAIL = "bench@example.org";
const PASSWORD = "correct horse battery";

/** Fills an empty site; gives what the benchmark asks of it. */
export async function populate({ origin, database }, tasks) {
  const own = { origin, "sec-fetch-site": "same-origin", accept: "text/html" };
  let cookie = "";
  const submit = async (path, fields) => {
    const body = new URLSearchParams(fields);
    const headers = { ...own, cookie };
    const answer = await fetch(origin + path, { method: "POST", redirect: "manual", headers, body });
    const given = answer.headers.get("set-cookie");
    if (given) cookie = given.split(";")[0];
    return answer;
  };
  const done = async (answer) => {
    if (answer.status !== 303) throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`);
  };
  const person = { name: "Bench", email: EMAIL, password: PASSWORD, workspace: "Bench" };
  await done(await submit("/setup", { action: "set_up", ...person }));
  await done(await submit("/projects/new", { action: "create", name: "Bench", key: "BENCH" }));
  let count = 0;
  const mutate = () => {
    count += 1;
    return submit("/projects/BENCH/new", {
      action: "create",
      title: `Task ${count}: make the greeting right`,
      description: "`greet.sh` says **Helo**.",
      steps: "true",
      stage: "ready",
    });
  };
  for (let task = 0; task < tasks; task += 1) await done(await mutate());
  const list = () => fetch(`${origin}/projects/BENCH`, { headers: { ...own, cookie } });
  /** A session of its own, as another browser has it; each may have 64 sockets. */
  const session = async () => {
    const body = new URLSearchParams({ action: "sign_in", email: EMAIL, password: PASSWORD });
    const options = { method: "POST", redirect: "manual", headers: own, body };
    const answer = await fetch(`${origin}/sign-in`, options);
    await done(answer);
    return { origin, cookie: answer.headers.get("set-cookie").split(";")[0] };
  };
  /** A program with a key that may read and write tasks. */
  const program = async () => {
    const secret = keyText("b");
    const hash = createHash("sha256").update(secret).digest("hex");
    const { workspace_id, user_id } = await database.prepare("SELECT * FROM members").first();
    await database
      .prepare(
        "INSERT INTO api_keys (id, workspace_id, user_id, name, prefix, secret_hash, scopes, " +
          "created_at, version) VALUES (?, ?, ?, 'Bench', 'mt_bbbbbbbb', ?, ?, ?, 1)",
      )
      .bind("key_01hv3v6k3e0123456789abcdef", workspace_id, user_id, hash, '["read","tasks:write"]', Date.now())
      .run();
    const headers = { authorization: `Bearer ${secret}` };
    const body = JSON.stringify({ title: "Make the greeting right", steps: ["true"] });
    return {
      read: () => fetch(`${origin}/api/v1/tasks/BENCH-1`, { headers }),
      create: () =>
        fetch(`${origin}/api/v1/projects/BENCH/tasks`, {
          method: "POST",
          headers: { ...headers, "content-type": "application/json" },
          body,
        }),
    };
  };
  return {
    origin,
    session,
    program,
    list,
    mutate,
    isNews: (text) => (JSON.parse(text).events?.events.length ?? 0) > 0,
    /** The newest event's number, as the page's live island knows it. */
    newest: async () => Number((await (await list()).text()).match(/data-seq="(\d+)"/)[1]),
    listCost: async () => {
      const answer = await list();
      const timing = answer.headers.get("server-timing") ?? "";
      return {
        bytes: (await answer.arrayBuffer()).byteLength,
        statements: Number(timing.match(/statements;desc="(\d+)"/)[1]),
      };
    },
  };
}
