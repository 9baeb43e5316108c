// theater:simple/environment in a unit test.
import { host } from "../host.js";

export const exists = (name) => host.environment.has(name);
export const listVars = () => [...host.environment];
export const getVar = (name) => host.environment.get(name) ?? null;
