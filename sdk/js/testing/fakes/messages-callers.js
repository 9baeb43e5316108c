// theater:messages/callers in a unit test.
import { host } from "../host.js";

export function getCaller() {
  return host.caller === undefined ? null : { tag: host.caller.kind, val: host.caller.name ?? null };
}
