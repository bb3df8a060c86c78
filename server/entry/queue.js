// Delivers a batch to the module so that a message which traps can't take its neighbours along.

import { guard } from "./guard.js";

/** What the module sees of a message; remembers whether its fate was decided. */
class Delivery {
  constructor(message) {
    this.message = message;
    this.settled = false;
  }
  get id() {
    return this.message.id;
  }
  get timestamp() {
    return this.message.timestamp;
  }
  /** The body and how often it was delivered, as one JSON string: the module's bindings know of
   * no `attempts`, and turn objects into something else. */
  get body() {
    return JSON.stringify({ attempts: this.message.attempts, body: text(this.message.body) });
  }
  get attempts() {
    return this.message.attempts;
  }
  ack() {
    this.settled = true;
    this.message.ack();
  }
  retry(options) {
    this.settled = true;
    this.message.retry(options);
  }
}

/** A body as text; one that isn't text can only be poison, and is kept as well as it can be. */
function text(body) {
  if (typeof body === "string") return body;
  try {
    return JSON.stringify(body) ?? String(body);
  } catch {
    return String(body);
  }
}

async function deliver(queue, messages, run) {
  const deliveries = messages.map((message) => new Delivery(message));
  const batch = {
    queue,
    messages: deliveries,
    ackAll: () => deliveries.filter((one) => !one.settled).forEach((one) => one.ack()),
    retryAll: (options) =>
      deliveries.filter((one) => !one.settled).forEach((one) => one.retry(options)),
  };
  try {
    await guard(() => run(batch));
  } catch (error) {
    console.error(
      JSON.stringify({ event: "queue", level: "error", queue, cause: String(error) }),
    );
  }
  // Whatever was not decided comes again: later each time, so that a poison message is no busy loop.
  for (const one of deliveries.filter((one) => !one.settled)) {
    one.retry({ delaySeconds: Math.min(300, 2 ** one.attempts) });
  }
}

/** New messages go together. One that failed before may be why, so it goes alone. */
export async function deliverBatch(batch, run) {
  const fresh = batch.messages.filter((message) => message.attempts <= 1);
  if (fresh.length > 0) await deliver(batch.queue, fresh, run);
  for (const message of batch.messages.filter((message) => message.attempts > 1)) {
    await deliver(batch.queue, [message], run);
  }
}
