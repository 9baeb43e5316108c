// theater:store/stores in a unit test.
import { find } from "./simple-store.js";

export function removeUnlabelled(id) {
  const { contents, labels } = find(id);
  const labelled = new Set(labels.values());
  let removed = 0;
  for (const [hash, content] of [...contents]) {
    if (labelled.has(hash)) continue;
    removed += content.length;
    contents.delete(hash);
  }
  return removed;
}
