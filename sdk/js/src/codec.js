// How an actor's fields become the bytes that Theater keeps between calls. A codec has `load(Actor,
// kept)`, which makes an instance, and `save(actor)`, which makes bytes; `kept` is undefined at first.
import { fromJson, toBytes, toJson } from "./bytes.js";

// The kinds of JSON values.
function kindOf(value) {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

// Fails for a value that its JSON would not bring back. `place` names it for the message.
function checkJson(value, place) {
  const kind = kindOf(value);
  if (kind === "string" || kind === "boolean" || kind === "null" || Number.isFinite(value)) return;
  const plain = kind === "array" || (kind === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value)));
  if (!plain) {
    const name = kind === "object" ? value.constructor?.name : kind === "number" ? String(value) : kind;
    const remedy = value instanceof Uint8Array ? "; keep toBase64() of it" : "";
    throw new TypeError(`the state cannot be kept as JSON: ${place} is a value of type ${name}${remedy}`);
  }
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined || kind === "array") checkJson(member, kind === "array" ? `${place}[${name}]` : `${place}.${name}`);
  }
}

// The fields as a JSON object. Of the kept object an instance takes the members of the names of its
// fields; the other fields keep what the class gives them.
export const jsonCodec = {
  load(Actor, kept) {
    const actor = new Actor();
    if (kept === undefined || kept.length === 0) return actor;
    let object;
    try {
      object = fromJson(kept);
    } catch (error) {
      throw new Error(`the state is no JSON: ${error.message}`);
    }
    if (kindOf(object) !== "object") throw new Error("the state: expected a JSON object");
    for (const name of Object.keys(actor)) {
      if (!Object.hasOwn(object, name)) continue;
      const expected = kindOf(actor[name]);
      const found = kindOf(object[name]);
      const anything = expected === "null" || expected === "undefined";
      if (!anything && found !== expected) throw new Error(`the state: \`${name}\` is of type ${found}, not ${expected}`);
      actor[name] = object[name];
    }
    return actor;
  },

  save(actor) {
    const fields = { ...actor };
    if (Object.keys(fields).length === 0) return undefined;
    checkJson(fields, "this");
    return toJson(fields);
  },
};

// The class's own `static load(bytes)` and `save()`.
export const bytesCodec = {
  load(Actor, kept) {
    return kept === undefined ? new Actor() : Actor.load(kept);
  },

  save(actor) {
    return toBytes(actor.save());
  },
};
