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
  get body() {
    return this.message.body;
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
