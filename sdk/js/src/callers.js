// theater:messages/callers.
import * as callers from "theater:messages/callers";

export function getCaller() {
  const caller = callers.getCaller() ?? undefined;
  return caller && { kind: caller.tag, name: caller.val ?? undefined };
}
