// Requests that no client library would send: half ones, slow ones, ones without an end.

import { connect } from "node:net";

/** Opens a request, writes its head and so much of a body, and leaves it open. */
export async function openRequest(origin, { method = "POST", path, headers = {}, body = "" }) {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  let said = "";
  socket.on("data", (bytes) => (said += bytes.toString("latin1")));
  const ended = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  const lines = { host: new URL(origin).host, origin, accept: "text/html", ...headers };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${method} ${path} HTTP/1.1\r\n${head.join("")}\r\n${body}`);
  return {
    socket,
    ended,
    text: () => said,
    /** The status of the answer, once there is one; 0 when the connection ended without. */
    status: async (milliseconds) => {
      const deadline = Date.now() + milliseconds;
      for (;;) {
        const found = /^HTTP\/1\.1 (\d{3})/.exec(said);
        if (found) return Number(found[1]);
        if (socket.destroyed) return 0;
        if (Date.now() > deadline) throw new Error(`no answer within ${milliseconds} ms`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    close: () => {
      socket.destroy();
      return ended;
    },
  };
}
