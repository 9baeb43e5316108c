// index.d.ts and index.js name the same things, and so do those of testing/.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as theater from "../index.js";
import * as testing from "../testing/index.js";

async function declared(file) {
  const text = await readFile(new URL(file, import.meta.url), "utf8");
  return [...text.matchAll(/^export (?:const|function|class) (\w+)/gm)].map((found) => found[1]).sort();
}

test("what is declared is there, and what is there is declared", async () => {
  assert.deepEqual(await declared("../index.d.ts"), Object.keys(theater).sort());
  assert.deepEqual(await declared("../testing/index.d.ts"), Object.keys(testing).sort());
});
