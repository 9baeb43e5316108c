// theater:simple/store in a unit test. Each of `host.stores` has `contents`, by their digests, and
// `labels`, which are digests by label.
import { createHash } from "node:crypto";
import { host, refuse } from "../host.js";

export function find(id) {
  return host.stores.get(id) ?? refuse(`${id} is no store of this actor`);
}

function create() {
  const id = String(host.stores.size).padStart(32, "0");
  host.stores.set(id, { contents: new Map(), labels: new Map() });
  return id;
}

function put(id, content) {
  const hash = createHash("sha256").update(content).digest("hex");
  find(id).contents.set(hash, content);
  return { hash };
}

export function label(id, name, { hash }) {
  if (!find(id).contents.has(hash)) refuse(`Content does not exist: ${hash}`);
  find(id).labels.set(name, hash);
}

function putAt(id, name, content) {
  const ref = put(id, content);
  label(id, name, ref);
  return ref;
}

export { create as new, label as replaceAtLabel, put as store, putAt as replaceContentAtLabel, putAt as storeAtLabel };

export const get = (id, { hash }) => find(id).contents.get(hash) ?? refuse(`Content does not exist: ${hash}`);
export const exists = (id, { hash }) => find(id).contents.has(hash);
export const removeLabel = (id, name) => void find(id).labels.delete(name);
export const listLabels = (id) => [...find(id).labels.keys()].sort();
export const listAllContent = (id) => [...find(id).contents.keys()].sort().map((hash) => ({ hash }));
export const calculateTotalSize = (id) => [...find(id).contents.values()].reduce((sum, content) => sum + content.length, 0);

export function getByLabel(id, name) {
  const hash = find(id).labels.get(name);
  return hash === undefined ? null : { hash };
}

export function removeFromLabel(id, name, { hash }) {
  if (find(id).labels.get(name) === hash) find(id).labels.delete(name);
}
