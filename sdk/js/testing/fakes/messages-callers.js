// theater:messages/callers in a unit test.
import { host } from "../host.js";

export default {
  getCaller: () => (host.caller === undefined ? null : { tag: host.caller.kind, val: host.caller.name ?? null }),
};
