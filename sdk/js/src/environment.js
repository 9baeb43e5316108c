// theater:simple/environment.
import * as environment from "theater:simple/environment";
import { text } from "./arguments.js";

export { listVars } from "theater:simple/environment";

export function getVar(name) {
  return environment.getVar(text(name, "the name")) ?? undefined;
}

export function varExists(name) {
  return environment.exists(text(name, "the name"));
}
