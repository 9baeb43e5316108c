// theater:simple/store and theater:store/stores. A content's name is its digest, a text.
import store from "theater:simple/store";
import stores from "theater:store/stores";
import { toBytes } from "./bytes.js";

export class Store {
  constructor(id) {
    this.id = id;
  }

  static create() {
    return new Store(store.new());
  }

  put(content) {
    return store.store(this.id, toBytes(content)).hash;
  }

  putAt(label, content) {
    return store.storeAtLabel(this.id, label, toBytes(content)).hash;
  }

  replaceContentAt(label, content) {
    return store.replaceContentAtLabel(this.id, label, toBytes(content)).hash;
  }

  get(hash) {
    return store.get(this.id, { hash });
  }

  exists(hash) {
    return store.exists(this.id, { hash });
  }

  label(label, hash) {
    store.label(this.id, label, { hash });
  }

  replaceAt(label, hash) {
    store.replaceAtLabel(this.id, label, { hash });
  }

  find(label) {
    return store.getByLabel(this.id, label)?.hash;
  }

  removeLabel(label) {
    store.removeLabel(this.id, label);
  }

  removeFromLabel(label, hash) {
    store.removeFromLabel(this.id, label, { hash });
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
