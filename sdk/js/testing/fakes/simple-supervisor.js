// theater:simple/supervisor in a unit test.
import { host, refuse, remove } from "../host.js";

export const listChildren = () => [...host.children];

function add(child) {
  host.spawned.push(child);
  const id = host.onSpawn(child);
  host.children.push(id);
  return id;
}

function find(id) {
  if (!host.children.includes(id)) refuse(`${id} is not a child of this actor`);
}

export function restartChild(id) {
  find(id);
  host.restarted.push(id);
}

export function stopChild(id) {
  find(id);
  remove(host.children, id);
}

export const spawn = (manifest, state) => add({ manifest, state, isResumed: false });
export const resume = (manifest, state) => add({ manifest, state, isResumed: true });
export const getChildEvents = (id) => host.onChildEvents(id);

export function getChildState(id) {
  if (!host.childStates.has(id)) refuse(`${id} is neither a child of this actor nor below one`);
  return host.childStates.get(id) ?? null;
}
