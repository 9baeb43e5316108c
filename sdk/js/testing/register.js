// `node --import theater/testing/register --test`: puts the host of ./index.js in the place of Theater's
// interfaces.
import { register } from "node:module";

register("./hooks.js", import.meta.url);
