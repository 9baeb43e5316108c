// theater:simple/runtime in a unit test.
import { host } from "../host.js";

export const log = (level, message) => void host.logs.push({ level, message });
export const getActorId = () => host.actorId;
export const getActorName = () => host.actorName;
export const getCurrentTime = () => host.nowMs;
export const getEnv = (name) => host.environment.get(name) ?? null;
export const recordMetric = (name, value) => void host.metrics.push({ name, value });
export const recordEvent = (eventType, data) => void host.events.push({ eventType, data });
export const getTheaterVersion = () => host.version;
export const getSystemInfo = () => host.system;
export const getState = () => host.chain.at(-1)?.data ?? new Uint8Array();
export const getChain = () => ({
  events: host.chain.map(({ hash, eventType, parent = null, data }) => ({ hash, event: { eventType, parent, data } })),
});

// The data of the first call counts.
export function shutdown(data) {
  host.shutDown ??= { data };
}
