// Resolves each interface of Theater to its stand-in.
const STAND_INS = new Map(
  [
    "files/files",
    "http-stream/client",
    "http-stream/server",
    "messages/callers",
    "simple/environment",
    "simple/filesystem",
    "simple/http-client",
    "simple/http-framework",
    "simple/message-server-host",
    "simple/process",
    "simple/random",
    "simple/runtime",
    "simple/store",
    "simple/supervisor",
    "simple/timing",
    "store/stores",
    "timers/intervals",
  ].map((name) => [`theater:${name}`, `./fakes/${name.replace("/", "-")}.js`]),
);

export function resolve(specifier, context, next) {
  const place = STAND_INS.get(specifier);
  if (place === undefined) return next(specifier, context);
  return { url: new URL(place, import.meta.url).href, shortCircuit: true };
}
