// theater:simple/environment.
import environment from "theater:simple/environment";

export { exists as varExists, listVars } from "theater:simple/environment";

export function getVar(name) {
  return environment.getVar(name) ?? undefined;
}
