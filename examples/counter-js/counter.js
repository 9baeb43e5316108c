// The counter of examples/counter, in JavaScript. Messages change it, requests ask for it.
import { exportActor, exportMessageServerClient, log, toText } from "theater";

// The fields are kept between calls, as JSON.
export class Counter {
  count = 0;

  init() {
    log(`counting from ${this.count}`);
  }

  // `inc`, or `add N`.
  handleSend(message) {
    const text = toText(message);
    const step = text === "inc" ? 1 : /^add -?\d+$/.test(text) ? Number(text.slice(4)) : undefined;
    if (step === undefined) throw new Error(`unknown message: ${text}`);
    this.count += step;
    if (!Number.isSafeInteger(this.count)) throw new Error("the counter is full");
    log(`count is ${this.count}`);
  }

  // `get`.
  handleRequest(id, message) {
    const text = toText(message);
    if (text !== "get") throw new Error(`unknown request: ${text}`);
    return String(this.count);
  }
}

export const actor = exportActor(Counter);
export const messageServerClient = exportMessageServerClient(Counter);
