// Streams a page and counts its events, or fetches it whole.
import {
  type StreamEvent,
  cancelStream,
  exportActor,
  exportHttpStreamHandlers,
  exportMessageServerClient,
  failureWord,
  feedEvents,
  newEventParser,
  openStream,
  pauseStream,
  postJson,
  resumeStream,
  sendHttp,
  toText,
} from "theater";

class Reader {
  parser = newEventParser();
  lines: string[] = [];

  handleSend(message: Uint8Array): void {
    const text = toText(message);
    const space = text.indexOf(" ");
    const rest = text.slice(space + 1);
    switch (text.slice(0, space)) {
      case "stream":
        this.lines.push(`opened ${openStream({ uri: rest, headers: { Accept: "text/event-stream" } })}`);
        break;
      case "pause":
        pauseStream(Number(rest));
        break;
      case "resume":
        resumeStream(Number(rest));
        break;
      case "cancel":
        cancelStream(Number(rest));
        break;
      default:
        throw new Error(`unknown message: ${text}`);
    }
  }

  handleRequest(id: string, message: Uint8Array): string {
    const text = toText(message);
    if (text === "lines") return this.lines.join("\n");
    try {
      const response = sendHttp(postJson(text, [1, 2]));
      return `${response.status} ${response.header("content-type") ?? "none"} ${response.text()}`;
    } catch (error) {
      return failureWord(error as Error);
    }
  }

  handleStream(stream: number, event: StreamEvent): void {
    switch (event.kind) {
      case "head":
        this.lines.push(`${stream} began with ${event.status}`);
        break;
      case "data":
        for (const { type, data } of feedEvents(this.parser, event.data)) this.lines.push(`${type}: ${data}`);
        break;
      case "failed":
        this.lines.push(failureWord(event.error));
        break;
      case "end":
        this.lines.push("end");
    }
  }
}

export const actor = exportActor(Reader);
export const messageServerClient = exportMessageServerClient(Reader);
export const clientHandlers = exportHttpStreamHandlers(Reader);
