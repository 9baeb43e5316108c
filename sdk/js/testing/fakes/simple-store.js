// theater:simple/store in a unit test. Each of `host.stores` has `contents`, by their digests, and
// `labels`, which are digests by label.
import { createHash } from "node:crypto";
import { host, refuse } from "../host.js";

export function find(id) {
  return host.stores.get(id) ?? refuse(`${id} is no store of this actor`);
}

function put(id, content) {
  const hash = createHash("sha256").update(content).digest("hex");
  find(id).contents.set(hash, content);
  return { hash };
}

function label(id, name, { hash }) {
  if (!find(id).contents.has(hash)) refuse(`Content does not exist: ${hash}`);
  find(id).labels.set(name, hash);
}

function putAt(id, name, content) {
  const ref = put(id, content);
  label(id, name, ref);
  return ref;
}

export default {
  new() {
    const id = String(host.stores.size).padStart(32, "0");
    host.stores.set(id, { contents: new Map(), labels: new Map() });
    return id;
  },

  store: put,
  storeAtLabel: putAt,
  replaceContentAtLabel: putAt,
  label,
  replaceAtLabel: label,
  get: (id, { hash }) => find(id).contents.get(hash) ?? refuse(`Content does not exist: ${hash}`),
  exists: (id, { hash }) => find(id).contents.has(hash),
  removeLabel: (id, name) => void find(id).labels.delete(name),
  listLabels: (id) => [...find(id).labels.keys()].sort(),
  listAllContent: (id) => [...find(id).contents.keys()].sort().map((hash) => ({ hash })),
  calculateTotalSize: (id) => [...find(id).contents.values()].reduce((sum, content) => sum + content.length, 0),

  getByLabel(id, name) {
    const hash = find(id).labels.get(name);
    return hash === undefined ? null : { hash };
  },

  removeFromLabel(id, name, { hash }) {
    if (find(id).labels.get(name) === hash) find(id).labels.delete(name);
  },
};
