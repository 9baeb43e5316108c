// Keeps a number, which messages change and requests ask for.
import { exportActor, exportMessageServerClient, toText } from "theater";

// The fields are kept between calls.
export class Tally {
  number = 0;

  // `add N`.
  handleSend(message) {
    const text = toText(message);
    if (!/^add -?\d+$/.test(text)) throw new Error(`unknown message: ${text}`);
    this.number += Number(text.slice(4));
    if (!Number.isSafeInteger(this.number)) throw new Error("that is too much");
  }

  // `get`.
  handleRequest(id, message) {
    const text = toText(message);
    if (text !== "get") throw new Error(`unknown request: ${text}`);
    return String(this.number);
  }
}

export const actor = exportActor(Tally);
export const messageServerClient = exportMessageServerClient(Tally);
