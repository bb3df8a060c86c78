// The names that are fixed, and the previews that must have what production has.

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { unstable_readConfig as readConfig } from "wrangler";
import { root } from "../support/worker.mjs";

const read = (path) => readConfig({ config: join(root, path) }, { hideWarnings: true });
const production = read("wrangler.toml");
const worker = read("pages/worker.toml");
const pages = read("pages/wrangler.toml");

/** Batch size and retries of each queue, as designed. */
const QUEUES = {
  "task-processing": [100, 3],
  "agent-execution": [10, 5],
  "github-sync": [50, 3],
};
const CLASSES = [
  ...["QueueManager", "RateLimiter", "SandboxLifecycle", "TaskCoordinator", "WebSocketRoom"],
];

const names = (list, key) => list.map((one) => one[key]).sort();
const bindings = (config) => ({
  d1: names(config.d1_databases, "binding"),
  kv: names(config.kv_namespaces, "binding"),
  r2: names(config.r2_buckets, "binding"),
  producers: names(config.queues.producers, "binding"),
  objects: names(config.durable_objects.bindings, "name"),
});

describe("production's resources", () => {
  it("have their fixed names", () => {
    assert.deepEqual(names(production.d1_databases, "database_name"), ["monotask-production"]);
    assert.deepEqual(bindings(production).d1, ["DB"]);
    assert.deepEqual(bindings(production).kv, [
      ...["API_KEYS", "CACHE", "FEATURE_FLAGS", "RATE_LIMITS", "SESSIONS"],
    ]);
    assert.deepEqual(names(production.r2_buckets, "bucket_name"), [
      ...["agent-artifacts", "evidence-storage", "screenshots"],
    ]);
    assert.deepEqual(names(production.durable_objects.bindings, "class_name"), CLASSES);
    const made = production.migrations.flatMap((one) => one.new_sqlite_classes);
    assert.deepEqual(made.sort(), CLASSES);
  });

  for (const [queue, [batch, retries]] of Object.entries(QUEUES)) {
    it(`${queue}: batches of ${batch}, ${retries} retries, and dead letters that someone reads`, () => {
      const consumer = production.queues.consumers.find((one) => one.queue === queue);
      assert.equal(consumer.max_batch_size, batch);
      assert.equal(consumer.max_retries, retries);
      const letters = consumer.dead_letter_queue;
      assert.ok(letters);
      assert.ok(production.queues.consumers.some((one) => one.queue === letters));
    });
  }

  it("have no test secret", () => {
    assert.equal(production.vars.TEST_SECRET, undefined);
    assert.equal(worker.vars.TEST_SECRET, undefined);
    assert.equal(pages.vars.TEST_SECRET, undefined);
  });
});

describe("the preview", () => {
  it("has what production has, in its Worker and on Pages", () => {
    assert.deepEqual(bindings(worker), bindings(production));
    assert.deepEqual(bindings(pages), bindings(production));
    const shape = (config) =>
      config.queues.consumers.map((one) => [one.max_batch_size, one.max_retries]);
    assert.deepEqual(shape(worker), shape(production));
    assert.deepEqual(worker.triggers, production.triggers);
    assert.deepEqual(worker.migrations, production.migrations);
  });

  it("reaches its own Worker's objects", () => {
    const scripts = new Set(pages.durable_objects.bindings.map((one) => one.script_name));
    assert.deepEqual([...scripts], [worker.name]);
  });

  it("shares no data with production", () => {
    const data = (config) => [
      ...config.d1_databases.map((one) => one.database_id),
      ...config.kv_namespaces.map((one) => one.id),
      ...config.r2_buckets.map((one) => one.bucket_name),
      ...config.queues.producers.map((one) => one.queue),
    ];
    const productions = new Set(data(production));
    for (const config of [worker, pages]) {
      assert.deepEqual(data(config).filter((name) => productions.has(name)), []);
    }
  });
});
