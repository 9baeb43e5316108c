// Serves HTTP: a greeting at `/`, and `/health`.
import { exportActor, exportHttpHandlers, jsonResponse, log, newServer, serve, textResponse } from "theater";

// The fields are kept between calls.
export class Greeter {
  port = 8080;
  visitors = 0;
  server = newServer();

  static routes(router) {
    router.get("/", (greeter) => greeter.greet());
    router.get("/health", () => jsonResponse({ status: "ok" }));
  }

  init() {
    serve(this, { port: this.port });
    log(`listening on http://127.0.0.1:${this.server.port}`);
  }

  greet() {
    this.visitors += 1;
    return textResponse(`hello, visitor ${this.visitors}\n`);
  }
}

export const actor = exportActor(Greeter);
export const httpHandlers = exportHttpHandlers(Greeter);
