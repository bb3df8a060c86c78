// A visitor with a browser's habits: one session, real forms, no script.

/** Everybody's password in these tests. */
export const PASSWORD = "correct horse battery";

/** The value of a cookie that an answer sets; `undefined` when it sets none. */
export function sessionOf(answer) {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .find((cookie) => cookie.startsWith("__Host-session="));
}

/** A visitor of a Worker, from a network of their own. */
export function visitor(worker, { cookie = "", network } = {}) {
  const own = {};
  if (network) own["cf-connecting-ip"] = network;
  const headers = () => (one.cookie ? { ...own, cookie: one.cookie } : own);
  const one = {
    cookie,
    /** Looks at a page. */
    get: (path, init = {}) =>
      worker.fetch(path, { ...init, headers: { accept: "text/html", ...headers(), ...init.headers } }),
    /** Sends a form, as the page that has it would. */
    post: (path, fields, more = {}) => worker.submit(path, fields, { ...headers(), ...more }),
    /** Sends a form and reads the answer. */
    send: async (path, fields, more) => read(await one.post(path, fields, more)),
    /** Looks at a page and reads it. */
    see: async (path, init) => read(await one.get(path, init)),
    /** Signs in and keeps the session. */
    signIn: async (email, password = PASSWORD, path = "/sign-in") => {
      const answer = await one.post(path, { action: "sign_in", email, password });
      const text = await answer.text();
      if (answer.status !== 303) throw new Error(`${email}: ${answer.status} ${text.slice(0, 2_000)}`);
      one.cookie = sessionOf(answer);
      return answer;
    },
  };
  return one;
}

/** An answer with its body. */
export async function read(answer) {
  return {
    status: answer.status,
    location: answer.headers.get("location"),
    headers: answer.headers,
    text: await answer.text(),
  };
}

/** A fresh key, as each rendering of a form has one. */
export const formKey = () => crypto.randomUUID().replaceAll("-", "");

/** The version that the first form of a page was made from. */
export function seenOf(text) {
  return /name="seen" value="(\d+)"/.exec(text)?.[1];
}

/** A page without what differs from answer to answer: request id, nonce, form key. */
export function anonymous(text) {
  return text.replaceAll(/\b[0-9a-f]{32}\b/g, "…");
}

/** A workspace made through the hooks, and one visitor for each of its people, signed in. */
export async function makeTeam(worker, name, roles = ["member"]) {
  const address = (who) => `${who}@${name}.example`;
  const make = async (hook, fields) => {
    const made = await worker.hook(hook, { body: new URLSearchParams({ password: PASSWORD, ...fields }) });
    if (made.status !== 201) throw new Error(`${hook}: ${made.status} ${await made.text()}`);
    return made.json();
  };
  const { workspace } = await make("workspaces", {
    workspace: name,
    name: "Olga Owner",
    email: address("owner"),
  });
  const team = { workspace, address };
  for (const role of roles) {
    await make("members", { workspace, role, name: `${role} of ${name}`, email: address(role) });
  }
  for (const who of ["owner", ...roles]) {
    team[who] = visitor(worker);
    await team[who].signIn(address(who));
  }
  return team;
}
