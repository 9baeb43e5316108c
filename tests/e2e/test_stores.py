"""Stores: what actors keep in them is there afterwards, is theirs alone unless it is shared, and no replay needs it."""

import re
import shutil

import support

EVERYTHING = """
#include <theater/message_server.hpp>
#include <theater/store.hpp>
#include <theater/supervisor.hpp>

#include <string>

using namespace theater;

struct Keeper {
  std::string own;
  THEATER_FIELDS(own)
  using Codec = JsonCodec;

  // `fill` makes a store and fills it before the first request.
  Status init(std::string_view) {
    if (own != "fill") return {};
    own = THEATER_TRY(Store::create()).id();
    THEATER_TRY(fill(Store(own), 20));
    log("filled " + own);
    return {};
  }

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    size_t space = message.find(' ');
    std::string_view command = message.substr(0, space);
    std::string rest(space == message.npos ? std::string_view() : message.substr(space + 1));
    if (command == "new") return own = THEATER_TRY(Store::create()).id();
    if (command == "everything") return everything(Store(rest.empty() ? own : rest));
    if (command == "read") return read(Store(rest));
    if (command == "keep") return THEATER_TRY(Store("notes").put_at("states/first", rest)).hash;
    if (command == "component") return THEATER_TRY(Store("notes").put_at("a/component", rest)).hash;
    if (command == "manifest") return THEATER_TRY(Store("notes").put_at("a/manifest", rest)).hash;
    if (command == "spawn") {
      Result<std::string> child = spawn_child(rest);
      return child ? "a child" : child.error();
    }
    if (command == "own") return own;
    if (command == "fill") return fill(Store(own), std::stoi(rest));
    if (command == "drop") {
      THEATER_TRY(Store(own).put("kept by nobody"));
      return std::to_string(THEATER_TRY(Store(rest.empty() ? own : rest).remove_unlabelled()));
    }
    return fail("unknown: " + std::string(message));
  }

  // Calls each function, and answers with what they did.
  static Result<Reply> everything(const Store& store) {
    ContentRef a = THEATER_TRY(store.put("a"));
    ContentRef b = THEATER_TRY(store.put_at("x/y", std::string("b\\0b", 3)));
    std::string seen = THEATER_TRY(store.get(b)) == std::string("b\\0b", 3) ? "got " : "lost ";
    seen += THEATER_TRY(store.exists(a)) ? "there " : "gone ";
    seen += THEATER_TRY(store.exists({std::string(64, '0')})) ? "there " : "gone ";
    THEATER_TRY(store.label("a", a));
    THEATER_TRY(store.replace_at("x/y", a));
    seen += THEATER_TRY(store.find("x/y")) == a ? "moved " : "stuck ";
    THEATER_TRY(store.replace_content_at("x/y", "c"));
    for (const std::string& label : THEATER_TRY(store.labels()))
      seen += label + " ";
    THEATER_TRY(store.remove_from_label("x/y", a));
    THEATER_TRY(store.remove_label("a"));
    seen += THEATER_TRY(store.find("a")) ? "labelled " : "bare ";
    seen += std::to_string(THEATER_TRY(store.contents()).size()) + " ";
    return seen + std::to_string(THEATER_TRY(store.total_size()));
  }

  // The texts of every function that is refused.
  static Result<Reply> read(const Store& store) {
    auto labels = store.labels();
    if (!labels) return labels.error();
    std::string list;
    for (const std::string& label : *labels)
      list += label + "=" + THEATER_TRY(store.get(*THEATER_TRY(store.find(label)))) + " ";
    return list;
  }

  static Result<Reply> fill(const Store& store, int count) {
    for (int i = 0; i < count; ++i)
      THEATER_TRY(store.put_at("n/" + std::to_string(i), "content " + std::to_string(i)));
    return std::to_string(THEATER_TRY(store.total_size()));
  }
};
THEATER_ACTOR(Keeper)
THEATER_MESSAGE_SERVER_CLIENT(Keeper)
"""

DONE = "got there gone moved a x/y bare 3 5"


class Stores(support.Case):
    def setUp(self):
        super().setUp()
        (self.folder / "keeper.cpp").write_text(EVERYTHING)
        self.manifest("keeper")
        self.build_cpp(self.folder)
        self.home = self.folder / "home"

    def manifest(self, name, settings=""):
        path = self.folder / f"{name}.toml"
        path.write_text(f'name = "{name}"\ncomponent = "build/keeper.wasm"\n'
                        f'[[handler]]\ntype = "message-server"\n[[handler]]\ntype = "supervisor"\n'
                        f'[[handler]]\ntype = "store"\n{settings}')
        path.with_name("manifest.toml").write_text(path.read_text())
        return path

    def ask(self, manifest, *requests, more=(), exit=0):
        words = [word for request in requests for word in ("--request", request)]
        run = self.theater("run", manifest, *words, *more, "--json", exit=exit)
        return [line["reply"] for line in run.every("reply")]

    def test_every_function_is_replayed_without_the_stores(self):
        own, private, again = self.ask(self.manifest("one"), "new", "everything", "everything")
        self.assertRegex(own, "^[0-9a-f]{32}$")
        self.assertEqual((private, again), (DONE, DONE))
        shutil.rmtree(self.home / "stores")
        self.assertEqual(len(self.verify_and_replay(self.home)), 1)

    def test_a_node_that_keeps_nothing_has_no_stores(self):
        self.assertEqual(self.ask(self.manifest("one"), "read notes"), [
            "Permission denied: store:shared=notes (the policy lacks it: add --grant store:shared=notes; the manifest "
            'asks for less: write shared = ["notes"] in its handler `store`)'])
        self.assertFalse((self.home / "stores").exists())

    def test_a_private_store_is_nobody_elses(self):
        self.assertEqual(self.ask(self.manifest("one"), "new", "fill 3")[1], "27")
        store = self.ask(self.manifest("two"), "new")[0]
        foreign, unknown = self.ask(self.manifest("three"), f"read {store}", f"read {'0' * 32}")
        self.assertIn("is no store of this actor", foreign)
        self.assertEqual(foreign.replace(store, "0" * 32), unknown)

    def test_a_shared_store_is_granted_by_name(self):
        shared = self.manifest("shared", 'shared = ["notes"]\n')
        refused = self.theater("run", shared, exit=1)
        self.assertIn("store:shared=notes", refused.err)
        grant = ("--grant", "store:shared=notes")
        self.assertEqual(self.ask(shared, "everything notes", more=grant), [DONE])
        other = self.manifest("other", 'shared = ["notes"]\n')
        self.assertEqual(self.ask(other, "read notes", more=grant), ["x/y=c "])
        stranger = self.manifest("stranger")
        self.assertEqual(self.ask(stranger, "read notes", more=grant), [
            "Permission denied: store:shared=notes (the manifest asks for less: write shared = [\"notes\"] in its "
            "handler `store`)"])

    def test_an_initial_state_can_be_in_a_store(self):
        grant = ("--grant", "store:shared=notes")
        shared = self.manifest("shared", 'shared = ["notes"]\n')
        digest = self.ask(shared, 'keep {"own": "from a store"}', more=grant)[0]
        for reference in ("states/first", f"hash/{digest}"):
            started = self.manifest("started")
            started.write_text(f'init_state = "store://notes/{reference}"\n' + started.read_text())
            # The operator may read any store.
            self.assertEqual(self.ask(started, "own"), ["from a store"])
        for reference, why in (("states", "Label not found: states"), ("../states/first", "is no label"),
                               ("states/first/more", "Label not found: states/first/more")):
            wrong = self.manifest("wrong")
            wrong.write_text(f'init_state = "store://notes/{reference}"\n' + wrong.read_text())
            self.assertIn(why, self.theater("run", wrong, exit=1).err)

    def test_components_and_manifests_can_be_in_a_store(self):
        grant = ("--grant", "store:shared=notes")
        boss = self.manifest("boss", 'shared = ["notes"]\n')
        component = (self.folder / "build" / "keeper.wasm").read_bytes()
        (self.folder / "request").write_bytes(b"component " + component)
        text = 'name = "stored"\ncomponent = "store://notes/a/component"\n[[handler]]\ntype = "message-server"\n'
        inline = text + '[[handler]]\ntype = "store"\nshared = ["notes"]\n[[handler]]\ntype = "supervisor"\n'
        (self.folder / "manifest").write_text("manifest " + inline)
        (self.folder / "inline").write_text("spawn " + inline)
        digest, _, first, second, third = self.ask(
            boss, "@request", "@manifest", "@inline", "spawn store://notes/a/manifest",
            "spawn store://notes/a/nothing", more=grant)
        self.assertEqual((first, second), ("a child", "a child"))
        self.assertIn("Label not found: a/nothing", third)
        # The operator names it too, by its label and by its digest.
        for reference in ("a/component", f"hash/{digest}"):
            stored = self.folder / "stored.toml"
            stored.write_text(inline.replace("a/component", reference))
            self.assertEqual(self.ask(stored, "own", more=grant), [""])
        # A guest without the name reads nothing.
        stranger = self.manifest("stranger")
        (self.folder / "bare").write_text("spawn " + text)
        refused = self.ask(stranger, "@bare", "spawn store://notes/a/manifest", more=grant)
        for reply in refused:
            self.assertIn("Permission denied: store:shared=notes", reply)

    def test_the_operator_fills_and_empties_stores(self):
        self.assertEqual(self.theater("store", "list", exit=0).out, "")
        self.assertIn("there is no", self.theater("store", "gc", exit=1).err)
        self.assertFalse(self.home.exists())
        (self.folder / "state").write_text('{"own": "put"}')
        put = self.theater("store", "put", "notes", "state", "--label", "a/state", "--json", exit=0).lines()[0]
        self.assertEqual(put["reference"], f"store://notes/hash/{put['hash']}")
        for reference in (put["reference"], "store://notes/a/state"):
            self.assertEqual(self.theater("store", "get", reference, exit=0).out, '{"own": "put"}')
        started = self.manifest("started")
        started.write_text('init_state = "store://notes/a/state"\n' + started.read_text())
        self.assertEqual(self.ask(started, "own"), ["put"])
        self.assertEqual(self.theater("store", "list", exit=0).out,
                         "notes: 1 content, 1 label, 14 bytes; shared\n")
        for words, why in ((("put", "../x", "state"), "is no store id"), (("put", "a", "gone"), "gone"),
                           (("put", "a", "state", "--label", "/x"), "is no label"),
                           (("get", "store://notes/b"), "Label not found"), (("remove", "plans"), "no store plans")):
            self.assertIn(why, self.theater("store", *words, exit=1).err)
        self.assertEqual(self.theater("store", "gc", "--json", exit=0).lines(), [{"files": 0, "bytes": 0}])
        self.theater("store", "remove", "notes", exit=0)
        self.assertIn("Label not found", self.theater("run", started, "--request", "own", exit=1).err)
        self.assertEqual(self.theater("store", "gc", exit=0).out,
                         "removed 1 file that no store needs: 14 bytes\n")

    def test_what_has_no_label_is_removed_and_the_log_needs_none_of_it(self):
        """An actor whose manifest, component and state came from stores that are emptied afterwards."""
        component = self.folder / "build" / "keeper.wasm"
        (self.folder / "state").write_text('{"own": "put"}')
        (self.folder / "worker").write_text(
            'name = "worker"\ncomponent = "store://notes/component"\ninit_state = "store://notes/state"\n'
            '[[handler]]\ntype = "message-server"\n[[handler]]\ntype = "store"\n'
            '[[handler]]\ntype = "supervisor"\n')
        for name, path in (("component", component), ("state", "state"), ("manifest", "worker")):
            self.theater("store", "put", "notes", path, "--label", name, exit=0)
        replies = self.ask("store://notes/manifest", "own", "new", "fill 2", "drop", "everything", "drop")
        self.assertEqual((replies[0], replies[3], replies[5]), ("put", "14", "18"))
        blobs = sorted((self.home / "blobs").glob("??/*"))
        self.assertGreaterEqual(len(blobs), 2)
        # Other content takes the labels, and then nothing of the worker has one.
        for name in ("component", "state", "manifest"):
            self.theater("store", "put", "notes", "keeper.cpp", "--label", name, exit=0)
        would = self.theater("store", "gc", "--unlabelled", "--dry-run", "--json", exit=0).lines()[0]
        self.assertEqual((would["contents"], would["dry_run"]), (3, True))
        self.assertEqual(would["files"], 3)
        removed = self.theater("store", "gc", "--unlabelled", "--json", exit=0).lines()[0]
        del would["dry_run"]
        self.assertEqual(removed, would)
        self.assertEqual(self.theater("store", "gc", "--unlabelled", exit=0).out,
                         "removed 0 contents without a label: 0 bytes\n"
                         "removed 0 files that no store needs: 0 bytes\n")
        self.assertEqual(sorted((self.home / "blobs").glob("??/*")), blobs)
        self.theater("verify", exit=0)
        shutil.rmtree(self.home / "stores")
        self.assertEqual(len(self.verify_and_replay(self.home)), 1)

    def test_an_emptied_store_gives_its_budget_back(self):
        # A call takes the 48 bytes of its arguments, and the removal gives the 14 of the content back.
        keeper = self.manifest("keeper", '[budget]\nstore_bytes = "1000B"\n')
        replies = self.ask(keeper, "new", *["drop"] * 40, exit=1)
        self.assertEqual(replies[1:], ["14"] * 29)

    def test_bounds_are_the_manifests_and_the_policys(self):
        small = self.manifest("small", 'max_bytes = "64B"\nmax_stores = 1\n')
        failed = self.theater("run", small, "--request", "new", "--request", "fill 100", "--request", "new", exit=1)
        self.assertIn("max_bytes = 64", failed.err)
        self.assertIn("max_stores = 1", failed.err)
        policy = self.folder / "policy.toml"
        policy.write_text('[grant.store]\nmax-contents = 2\n')
        bounded = self.theater("run", self.manifest("bounded"), "--request", "new", "--request", "fill 3",
                               "--policy", policy, exit=1)
        self.assertIn("max_contents = 2", bounded.err)

    def test_a_budget_bounds_all_stores_together_and_outlives_a_kill(self):
        # Some 50 bytes for each content, which its `init` stores 20 of.
        process = self.start("run", self.manifest("keeper", '[budget]\nstore_bytes = "2KiB"\n'),
                             "--init", '{"own": "fill"}')
        while True:
            line = process.stderr.readline().decode()
            self.assertTrue(line, "it ended without having filled its store")
            if "filled" in line:
                break
        self.until_begun("keeper")
        process.kill()
        process.communicate()
        after = self.theater("run", "--request", "keeper:fill 30", "--json", exit=1)
        self.assertIn("budget-spent: budget.store_bytes = 2KiB of actor", after.err)

    def test_damage_is_an_error_of_the_call_that_meets_it(self):
        shared = self.manifest("shared", 'shared = ["notes"]\n')
        grant = ("--grant", "store:shared=notes")
        self.assertEqual(self.ask(shared, "everything notes", more=grant), [DONE])
        for file in (self.home / "stores" / "contents").glob("*/*"):
            file.write_bytes(b"?" * file.stat().st_size)
        damaged = self.theater("run", shared, "--request", "read notes", *grant, exit=1)
        self.assertIn("is damaged", damaged.err)
        self.assertEqual(len(list((self.home / "stores" / "contents").glob("*/*"))), 3)
        for file in (self.home / "stores").glob("index.db*"):
            file.write_bytes(b"?" * 5000)
        broken = self.theater("run", shared, "--request", "read notes", "--json", *grant, exit=0)
        self.assertIn("index.db cannot be used", broken.every("reply")[0]["reply"])

    def test_what_was_answered_outlives_a_kill(self):
        process = self.start("run", self.manifest("keeper"), "--init", '{"own": "fill"}')
        store = None
        while store is None:
            line = process.stderr.readline().decode()
            self.assertTrue(line, "it ended without having filled its store")
            found = re.search("filled ([0-9a-f]{32})", line)
            store = found and found.group(1)
        self.until_begun("keeper")
        process.kill()
        process.communicate()
        went_on = self.theater("run", "--request", f"read {store}", "--json", exit=0).every("reply")[0]["reply"]
        self.assertEqual(went_on.split(" n/")[7], "15=content 15")
        self.assertEqual(len(went_on.split("n/")), 21)


if __name__ == "__main__":
    support.main()
