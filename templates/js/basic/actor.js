// Says hello and is done.
import { exportActor, getActorName, log, shutdown } from "theater";

export class Hello {
  init() {
    log(`hello from ${getActorName()}`);
    shutdown("done");
  }
}

export const actor = exportActor(Hello);
