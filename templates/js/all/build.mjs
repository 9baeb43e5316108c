// `npm run build -- FILE` writes the component into FILE; `theater build` calls it so.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { componentize } from "componentize-qjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const source = here("actor.js");
const { component } = await componentize({
  witPath: here("wit"),
  world: "actor",
  jsSource: await readFile(source, "utf8"),
  jsPath: source,
  moduleRoot: here("."),
  // The host calls a guest and waits for it: no async ABI. WASI is answered inside the component.
  sync: true,
  stubWasi: true,
  optSize: true,
});
await writeFile(process.argv[2] ?? here("build/@NAME@.wasm"), component);
