// theater:simple/store and theater:store/stores. A content's name is its digest, a text.
import * as store from "theater:simple/store";
import * as stores from "theater:store/stores";
import { text } from "./arguments.js";
import { toBytes } from "./bytes.js";

const labelled = (value) => text(value, "the label");
const named = (hash) => ({ hash: text(hash, "the content's name") });

export class Store {
  constructor(id) {
    this.id = text(id, "the store's id");
  }

  static create() {
    return new Store(store.new());
  }

  put(content) {
    return store.store(this.id, toBytes(content)).hash;
  }

  putAt(label, content) {
    return store.storeAtLabel(this.id, labelled(label), toBytes(content)).hash;
  }

  replaceContentAt(label, content) {
    return store.replaceContentAtLabel(this.id, labelled(label), toBytes(content)).hash;
  }

  get(hash) {
    return store.get(this.id, named(hash));
  }

  exists(hash) {
    return store.exists(this.id, named(hash));
  }

  label(label, hash) {
    store.label(this.id, labelled(label), named(hash));
  }

  replaceAt(label, hash) {
    store.replaceAtLabel(this.id, labelled(label), named(hash));
  }

  find(label) {
    return store.getByLabel(this.id, labelled(label))?.hash;
  }

  removeLabel(label) {
    store.removeLabel(this.id, labelled(label));
  }

  removeFromLabel(label, hash) {
    store.removeFromLabel(this.id, labelled(label), named(hash));
  }

  labels() {
    return store.listLabels(this.id);
  }

  contents() {
    return store.listAllContent(this.id).map(({ hash }) => hash);
  }

  totalSize() {
    return store.calculateTotalSize(this.id);
  }

  removeUnlabelled() {
    return stores.removeUnlabelled(this.id);
  }
}
