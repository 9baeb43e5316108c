// Says hello and is done.
import runtime from "theater:simple/runtime";
import { encode } from "./text.js";

export const actor = {
  init(state) {
    runtime.log(`hello from ${runtime.getActorName()}`);
    runtime.shutdown(encode("done"));
    return [state];
  },
};
