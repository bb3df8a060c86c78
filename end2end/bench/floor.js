// The floor: what the same platform does at least, in bare JavaScript. The same number of statements, the
// same number of bytes, and nothing of what a product needs (no session, no check, no event, no markup).

import { DurableObject } from "cloudflare:workers";

/** Sockets and nothing else. */
export class Room extends DurableObject {
  async fetch(request) {
    if (request.headers.get("upgrade") === "websocket") {
      const [client, server] = Object.values(new WebSocketPair());
      this.ctx.acceptWebSocket(server);
      return new Response(null, { status: 101, webSocket: client });
    }
    const { seq } = await this.env.DB.prepare("SELECT MAX(seq) AS seq FROM facts").first();
    for (const socket of this.ctx.getWebSockets()) socket.send(JSON.stringify({ seq }));
    return new Response("told");
  }
}

const TABLES = [
  "CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, body TEXT NOT NULL)",
  "CREATE TABLE IF NOT EXISTS facts (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL)",
];

async function prepare(env, rows, bytes) {
  await env.DB.batch(TABLES.map((sql) => env.DB.prepare(sql)));
  const add = env.DB.prepare("INSERT INTO rows (body) VALUES (?)");
  await env.DB.batch(Array.from({ length: rows }, () => add.bind("x".repeat(bytes))));
  return new Response("ready");
}

async function page(env, statements, rows, bytes) {
  const one = env.DB.prepare("SELECT id, body FROM rows WHERE id > ? ORDER BY id LIMIT 1");
  const many = env.DB.prepare("SELECT id, body FROM rows WHERE id > ? ORDER BY id LIMIT ?");
  const reads = Array.from({ length: statements - 1 }, () => one.bind(0));
  await env.DB.batch([...reads, many.bind(0, rows)]);
  return new Response("x".repeat(bytes), { headers: { "content-type": "text/html" } });
}

async function write(env, context, statements) {
  const reads = Array.from({ length: statements }, () =>
    env.DB.prepare("SELECT id FROM rows WHERE id > ? LIMIT 1").bind(0),
  );
  await env.DB.batch(reads);
  const add = env.DB.prepare("INSERT INTO facts (body) VALUES (?)");
  const touch = env.DB.prepare("UPDATE rows SET body = ? WHERE id = 1");
  await env.DB.batch([add.bind("a fact"), touch.bind("x"), add.bind("its answer")]);
  const room = env.ROOM.get(env.ROOM.idFromName("one"));
  context.waitUntil(room.fetch("https://room/tell").then((answer) => answer.text()));
  return new Response(null, { status: 303, headers: { location: "/" } });
}

/** What one indexed read of the database costs with nothing around it. */
async function read(env, id) {
  const row = await env.DB.prepare("SELECT id, body FROM rows WHERE id = ?").bind(id).first();
  return Response.json(row);
}

/** What one batch of writes costs with nothing around it: a fact, its row, its answer. */
async function batch(env) {
  const add = env.DB.prepare("INSERT INTO facts (body) VALUES (?)");
  const touch = env.DB.prepare("UPDATE rows SET body = ? WHERE id = 1");
  await env.DB.batch([add.bind("a fact"), touch.bind("x"), add.bind("its answer")]);
  return Response.json({ id: "one" }, { status: 201 });
}

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    const number = (name) => Number(searchParams.get(name));
    switch (pathname) {
      case "/live":
        return env.ROOM.get(env.ROOM.idFromName("one")).fetch(request);
      case "/prepare":
        return prepare(env, number("rows"), number("bytes"));
      case "/page":
        return page(env, number("statements"), number("rows"), number("bytes"));
      case "/read":
        return read(env, number("id"));
      case "/batch":
        return batch(env);
      case "/write":
        return write(env, context, number("statements"));
      default:
        return new Response("ok");
    }
  },
};
