// What a request of ours costs beside the least that the platform can do it for. Both take turns in one
// run, so that a slow moment of the machine meets both; ratios are the result, milliseconds only context.

import { bundle, startFloor, startOurs } from "./contenders.mjs";
import { populate } from "./populate.mjs";

const ROUNDS = Number(process.env.MONOTASK_BENCH_ROUNDS ?? 200);
const TASKS = 50;
const listeners = [1, 10, 100];

const quantile = (all, part) =>
  [...all].sort((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * part))];
const median = (all) => quantile(all, 0.5);

async function timed(ask) {
  const begun = performance.now();
  const answer = await ask();
  await answer.arrayBuffer();
  if (answer.status >= 400) throw new Error(`${answer.url}: ${answer.status}`);
  return performance.now() - begun;
}

/** Asks the two in turn; gives each one's times. */
async function inTurn(ours, floor, rounds = ROUNDS) {
  const times = { ours: [], floor: [] };
  for (let round = 0; round < rounds + 20; round += 1) {
    const order = round % 2 ? ["ours", "floor"] : ["floor", "ours"];
    for (const name of order) {
      const time = await timed(name === "ours" ? ours : floor);
      if (round >= 20) times[name].push(time);
    }
  }
  return times;
}

/** Prints a row of the table, as it stands in `docs/benchmarks.md`. */
function report(name, { ours, floor }) {
  const p95 = (all) => quantile(all, 0.95);
  const context = (all) => `${median(all).toFixed(1)} / ${p95(all).toFixed(1)}`;
  const pairs = ours.map((time, index) => time / floor[index]);
  const cells = [
    name,
    median(pairs).toFixed(2),
    (p95(ours) / p95(floor)).toFixed(2),
    context(ours),
    context(floor),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

/** From a mutation's beginning until the last of so many sockets has heard of it. */
async function broadcast(site, sockets, mutate) {
  let left = sockets.length;
  const heard = new Promise((resolve) => {
    for (const socket of sockets) {
      socket.onmessage = (message) => {
        if (!site.isNews(message.data)) return;
        socket.onmessage = null;
        left -= 1;
        if (left === 0) resolve();
      };
    }
  });
  const begun = performance.now();
  const answer = await mutate();
  await answer.arrayBuffer();
  await heard;
  return performance.now() - begun;
}

function connect({ origin, headers = {} }) {
  const socket = new WebSocket(`${origin.replace("http", "ws")}/live`, { headers });
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve(socket);
    socket.onerror = () => reject(new Error("a socket was refused"));
  });
}

async function live(ours, floor) {
  const sockets = { ours: [], floor: [] };
  let headers;
  for (const count of listeners) {
    while (sockets.ours.length < count) {
      if (sockets.ours.length % 50 === 0) headers = await ours.session();
      const one = await connect({ origin: ours.origin, headers });
      one.send(JSON.stringify({ hello: { cursor: await ours.newest(), topics: [] } }));
      sockets.ours.push(one);
      sockets.floor.push(await connect(floor));
    }
    const times = { ours: [], floor: [] };
    for (let round = 0; round < 25; round += 1) {
      times.ours.push(await broadcast(ours, sockets.ours, ours.mutate));
      times.floor.push(await broadcast(floor, sockets.floor, floor.mutate));
    }
    report(`a mutation until the last of ${count} live pages knows`, times);
  }
  for (const socket of [...sockets.ours, ...sockets.floor]) socket.close();
}

async function cold(built) {
  const times = { ours: [], floor: [] };
  for (let round = 0; round < 8; round += 1) {
    for (const name of ["ours", "floor"]) {
      const one = await (name === "ours" ? startOurs(built) : startFloor());
      const ask = () => fetch(`${one.origin}/health`);
      const first = await timed(ask);
      times[name].push(first - (await timed(ask)));
      await one.stop();
    }
  }
  report("first request of a fresh isolate, less the second", times);
}

console.log("| what | ÷ floor, median of pairs | p95 ÷ p95 | ours p50 / p95, ms | floor p50 / p95, ms |");
console.log("|---|---|---|---|---|");
const built = bundle();
const site = await startOurs(built);
const bare = await startFloor();
try {
  const ours = await populate(site, TASKS);
  const { bytes, statements } = await ours.listCost();
  await fetch(`${bare.origin}/prepare?rows=${TASKS}&bytes=400`);
  const floor = {
    origin: bare.origin,
    mutate: () => fetch(`${bare.origin}/write?statements=3`, { method: "POST", redirect: "manual" }),
    isNews: () => true,
  };
  const page = `/page?statements=${statements}&rows=${TASKS}&bytes=${bytes}`;
  const health = () => fetch(`${ours.origin}/health`);
  report("an answer without work", await inTurn(health, () => fetch(floor.origin)));
  report(
    `a list of ${TASKS} tasks (${statements} statements, ${Math.round(bytes / 1000)} kB)`,
    await inTurn(ours.list, () => fetch(`${floor.origin}${page}`)),
  );
  report("a mutation (a read batch, a write batch)", await inTurn(ours.mutate, floor.mutate));
  const program = await ours.program();
  const readRow = () => fetch(`${floor.origin}/read?id=1`);
  report("API: a task read by key, beside a bare indexed read", await inTurn(program.read, readRow));
  const batch = () => fetch(`${floor.origin}/batch`, { method: "POST" });
  report("API: a task created by key, beside a bare batch", await inTurn(program.create, batch));
  await live(ours, floor);
  await cold(built);
} finally {
  await site.stop();
  await bare.stop();
  built.remove();
}
process.exit(0);
