// Makes a component of an actor: `node node_modules/theater/build.mjs [FILE]` in the actor's folder, as
// its script `build` does.
//
// The entry is `main` of package.json, a JavaScript or TypeScript module. esbuild makes one module of it
// and of what it imports, and leaves out what it does not use. The interfaces of Theater that are then
// imported, and those that the entry exports, are the component's world. A folder `wit` with a world
// `actor` adds to it. componentize-qjs puts the module and QuickJS into a component.
import { cp, mkdtemp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));

// The interfaces of the names that an actor's module exports.
const EXPORTS = {
  actor: "theater:simple/actor",
  messageServerClient: "theater:simple/message-server-client",
  supervisorHandlers: "theater:simple/supervisor-handlers",
  intervalHandlers: "theater:timers/interval-handlers",
  clientHandlers: "theater:http-stream/client-handlers",
  httpHandlers: "theater:simple/http-handlers",
  serverHandlers: "theater:http-stream/server-handlers",
  processHandlers: "theater:simple/process-handlers",
};

// An interface of WIT: `package:namespace/interface`, with or without a version.
const INTERFACE = /^(?!node:)[a-z][a-z0-9-]*:[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*(@[^/]+)?$/;

class Refusal extends Error {}

// The tools that the actor's own package.json pins.
async function tool(folder, name) {
  try {
    const place = createRequire(join(folder, "package.json")).resolve(name);
    return await import(pathToFileURL(place));
  } catch (error) {
    throw new Refusal(`the package ${name} is not there (${error.message.split("\n")[0]}): run npm install`);
  }
}

// The module and what it imports as one text, and the interfaces that this imports and exports.
async function bundle(folder, entry) {
  const esbuild = await tool(folder, "esbuild");
  const interfaces = {
    name: "interfaces",
    setup(build) {
      // Dropped where the module uses none of an interface's functions.
      const external = (path) => ({ path, external: true, sideEffects: false });
      build.onResolve({ filter: /:/ }, ({ path }) => (INTERFACE.test(path) ? external(path) : undefined));
    },
  };
  const { outputFiles, metafile } = await esbuild.build({
    absWorkingDir: folder,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    plugins: [interfaces],
  });
  const [output] = Object.values(metafile.outputs);
  const imports = new Set(output.imports.map(({ path }) => path));
  return { source: outputFiles[0].text, imports: [...imports].sort(), exports: output.exports };
}

// The package and name of the world of the folder's own WIT, if it has any.
async function ownWorld(folder) {
  const wit = join(folder, "wit");
  if (!existsSync(wit)) return undefined;
  const files = (await readdir(wit)).filter((name) => name.endsWith(".wit"));
  const texts = await Promise.all(files.map((name) => readFile(join(wit, name), "utf8")));
  const name = texts.map((text) => /^\s*package\s+([^\s;{]+)\s*;/m.exec(text)?.[1]).find(Boolean);
  if (name === undefined) throw new Refusal(`${wit} has no file that names its package: package my:actor;`);
  const [place, version] = name.split("@");
  return `${place}/actor${version === undefined ? "" : `@${version}`}`;
}

// Classes are exported for unit tests, too.
function exportedInterfaces(names, hasOwnWorld, entry) {
  if (!names.includes("actor")) {
    throw new Refusal(`${entry} exports no \`actor\`: export const actor = exportActor(YourClass);`);
  }
  const unknown = names.filter((name) => !(name in EXPORTS) && /^[a-z]/.test(name));
  if (unknown.length > 0 && !hasOwnWorld) {
    console.error(
      `warning: ${entry} exports \`${unknown[0]}\`, which is no interface of Theater: ` +
        `those are ${Object.keys(EXPORTS).join(", ")}`,
    );
  }
  return names.filter((name) => name in EXPORTS).map((name) => EXPORTS[name]);
}

// Writes the world into a folder, with the packages that it refers to; `own` is a world of the actor's
// own WIT.
async function writeWorld(place, folder, own, imports, exports) {
  const deps = join(place, "deps");
  await mkdir(deps, { recursive: true });
  await cp(join(HERE, "wit", "deps"), deps, { recursive: true, dereference: true });
  if (own !== undefined) {
    const wit = join(folder, "wit");
    if (existsSync(join(wit, "deps"))) {
      // Theater's packages are those of this library.
      await cp(join(wit, "deps"), deps, { recursive: true, dereference: true, force: false });
    }
    await cp(wit, join(deps, "own-world"), { recursive: true, dereference: true, filter: (path) => path !== join(wit, "deps") });
  }
  const lines = [
    ...(own === undefined ? [] : [`include ${own};`]),
    ...imports.filter((name) => own === undefined || name.startsWith("theater:")).map((name) => `import ${name};`),
    ...exports.map((name) => `export ${name};`),
  ];
  await writeFile(join(place, "world.wit"), `package theater:component;\n\nworld component {\n  ${lines.join("\n  ")}\n}\n`);
}

async function build(folder, output) {
  const { name, main } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  if (main === undefined) throw new Refusal('package.json names no actor: add "main": "./actor.js"');
  const { source, imports, exports } = await bundle(folder, main);
  const own = await ownWorld(folder);
  const { componentize } = await tool(folder, "componentize-qjs");
  const scratch = await mkdtemp(join(tmpdir(), "theater-component-"));
  try {
    await writeWorld(scratch, folder, own, imports, exportedInterfaces(exports, own !== undefined, main));
    const options = {
      witPath: scratch,
      world: "component",
      jsSource: source,
      // The host calls a guest and waits for it: no async ABI. WASI is answered inside the component.
      sync: true,
      stubWasi: true,
      optSize: true,
    };
    const { component } = await componentize(options).catch((error) => {
      throw new Refusal(`no component of ${main}: ${error.message.replaceAll(scratch, "its world")}`);
    });
    const file = resolve(folder, output ?? join("build", `${name}.wasm`));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, component);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

try {
  await build(process.cwd(), process.argv[2]);
} catch (error) {
  // esbuild has said what is wrong with the sources.
  if (!Array.isArray(error.errors)) console.error(error instanceof Refusal ? `error: ${error.message}` : error);
  process.exitCode = 1;
}
