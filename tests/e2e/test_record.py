"""What `theater run` records, and what `log`, `verify` and `replay` make of it."""

import base64
import hashlib
import json
import re
import shutil
import signal
import time

import support

SEGMENT = "log/segments/0000000000.segment"
BODIES = "log/segments/0000000000.bodies"
# Past this, a payload is kept apart from its event.
INLINE_MAX = 4096
BODIES_HEADER = 44
BODY_HEAD = 40  # CRC, number of stored bytes, length, form, salt, base.


class Recorded(support.Case):
    keeps_the_record = False

    def home(self, name="home"):
        return self.folder / name

    def run_counter(self, *words, home="home", name="counter"):
        counter = self.actor(name, "counter.wat")
        return self.theater("run", counter, "--home", self.home(home), "--request", "a", "--send", "b",
                            "--request", "c", *words, exit=0)

    def run_with_a_large_payload(self):
        (self.folder / "large").write_text("x" * (INLINE_MAX + 1))
        echo = self.actor("echo", "echo.wat")
        return self.theater("run", echo, "--request", "@large", "--json", "--chain", exit=0)

    def object(self, *words, exit=0):
        """The one JSON object that a command prints."""
        lines = self.theater(*words, "--json", exit=exit).lines()
        self.assertEqual(len(lines), 1, words)
        return lines[0]

    def flip(self, path, offset):
        data = bytearray(path.read_bytes())
        data[offset] ^= 1
        path.write_bytes(data)

    def remove_bodies(self):
        """Overwrites every body with zeros, as docs/formats/log.md says it is done."""
        path = self.home() / BODIES
        data = bytearray(path.read_bytes())
        at = BODIES_HEADER
        removed = 0
        while at < len(data):
            stored = int.from_bytes(data[at + 4:at + 8], "little")
            end = at + BODY_HEAD + stored
            data[at:at + 4] = bytes(4)
            data[at + 12:end] = bytes(end - at - 12)
            at = end
            removed += 1
        path.write_bytes(data)
        return removed


class Log(Recorded):
    def test_a_home_without_a_log_is_named(self):
        for words in (("log", "list"), ("log", "show", "a"), ("log", "head"), ("log", "key"), ("replay", "a"),
                      ("verify", "a")):
            run = self.theater(*words, exit=1)
            self.assertIn(f"no log in the home {self.home()}", run.err)
            self.assertIn("--home DIR", run.err)
        self.assertIn(str(self.home()), self.theater("verify", exit=1).err)
        self.assertFalse(self.home().exists())

    def test_the_home_is_given_or_in_the_environment_or_here(self):
        counter = self.actor("counter", "counter.wat")
        other = str(self.folder / "other")
        self.theater("run", counter, "--home", other, "--request", "a", exit=0)
        self.theater("run", counter, "--request", "a", "--request", "b", exit=0)
        self.theater("run", counter, "--request", "a", env={"THEATER_HOME": ""}, exit=0)
        lists = [self.object("log", "list", "--home", other), self.object("log", "list"),
                 self.object("log", "list", "--home", self.folder / ".theater")]
        self.assertEqual(len({entry["log"] for entry in lists}), 3)
        self.assertEqual([entry["actors"][0]["events"] for entry in lists], [9, 11, 9])

    def test_list_names_every_actor(self):
        self.run_counter()
        echo = self.actor("echo", "echo.wat")
        misbehave = self.actor("misbehave", "misbehave.wat")
        self.theater("run", echo, misbehave, "--request", "misbehave:u", exit=1)
        listing = self.object("log", "list")
        self.assertEqual([(actor["name"], actor["number"], actor["ending"]) for actor in listing["actors"]],
                         [("counter", 1, "stopped"), ("echo", 2, "stopped"), ("misbehave", 3, "failed")])
        self.assertEqual(listing["node"]["id"], listing["log"])
        self.assertEqual(listing["node"]["number"], 0)
        chains = [listing["node"], *listing["actors"]]
        self.assertEqual(listing["size"], sum(chain["events"] for chain in chains))
        self.assertEqual(listing["checkpoint"], {"size": listing["size"], "root": listing["root"]})
        text = self.theater("log", "list", exit=0).out
        for actor in listing["actors"]:
            self.assertRegex(text, rf"\n  {actor['id'][:12]}  {actor['name']} +{actor['events']}  "
                                   rf"{actor['ending']} +{actor['last_time']}\n")

    def test_show_prints_what_run_printed(self):
        run = self.run_counter("--chain", "--json")
        shown = self.theater("log", "show", "counter", "--json", exit=0)
        self.assertEqual(shown.lines(), run.every("event"))
        self.assertEqual(self.theater("log", "show", "counter", "--json", "--from", "5", exit=0).lines(),
                         run.every("event")[5:])

    def test_show_prints_text_as_run_does(self):
        run = self.run_counter("--chain")
        shown = self.theater("log", "show", "counter", exit=0).out
        self.assertTrue(shown.startswith("chain of counter: "), shown)
        self.assertTrue(run.out.endswith(shown), run.out + shown)

    def test_show_has_the_bodies_beside_the_log(self):
        run = self.run_with_a_large_payload()
        large = b"x" * (INLINE_MAX + 1)
        shown = self.theater("log", "show", "echo", "--json", exit=0).every("event")
        detached = [entry for line in shown for entry in line["event"].get("detached", [])]
        # The arguments of the call, and what it returned.
        self.assertEqual(len(detached), 2)
        for entry in detached:
            # Value bytes: the length of the text before it is no UTF-8.
            data = base64.b64decode(entry["bytes"]["base64"])
            self.assertEqual(len(data), entry["length"])
            self.assertIn(large, data)
            self.assertEqual(hashlib.sha256(b"\x02" + bytes.fromhex(entry["salt"]) + data).hexdigest(),
                             entry["hash"])
        self.assertEqual([line["event"]["hash"] for line in run.every("event")],
                         [line["event"]["hash"] for line in shown])
        self.assertEqual(self.remove_bodies(), 2)
        shown = self.theater("log", "show", "echo", "--json", exit=0).every("event")
        detached = [entry for line in shown for entry in line["event"].get("detached", [])]
        self.assertEqual([entry["removed"] for entry in detached], [True, True])

    def test_head_and_key(self):
        self.run_counter()
        listing = self.object("log", "list")
        origin = f"theater-log/{listing['log']}"
        note = self.theater("log", "head", exit=0).out
        self.assertEqual(note.encode(), (self.home() / "log/checkpoint").read_bytes())
        self.assertEqual(note.splitlines()[:2], [origin, str(listing["size"])])
        head = self.object("log", "head")
        self.assertEqual((head["size"], head["root"]), (listing["size"], listing["root"]))
        self.assertEqual(head["checkpoint"]["note"], note)
        counter = listing["actors"][0]
        self.assertEqual(self.theater("log", "head", "counter", exit=0).out,
                         f"{counter['head']} {counter['events']} events\n")
        self.assertEqual(self.object("log", "head", counter["id"])["head"], counter["head"])
        key = self.theater("log", "key", exit=0).out.strip()
        self.assertTrue(key.startswith(origin + "+"), key)
        self.assertEqual(self.object("log", "key")["key"], key)
        self.theater("verify", "--key", key, exit=0)

    def test_the_nodes_own_chain_can_be_shown(self):
        self.run_counter()
        listing = self.object("log", "list")
        shown = self.theater("log", "show", listing["log"], "--json", exit=0).every("event")
        self.assertEqual(len(shown), listing["node"]["events"])
        self.assertIn("node-started", json.dumps(shown[1]["event"]["body"]))

    def test_names_and_prefixes(self):
        self.run_counter()
        self.run_counter()
        self.run_counter(name="other")
        actors = self.object("log", "list")["actors"]
        newest = self.theater("log", "head", "counter", exit=0).out
        self.assertTrue(newest.startswith(actors[1]["head"]), newest)
        self.assertIn("has 4 characters or more", self.theater("log", "show", actors[0]["id"][:3], exit=1).err)
        shown = self.theater("log", "head", actors[1]["id"][:12], exit=0).out
        self.assertTrue(shown.startswith(actors[1]["head"]), shown)
        self.assertIn("did you mean `other`?", self.theater("replay", "othr", exit=1).err)
        self.assertIn("no actor `" + "0" * 32, self.theater("log", "head", "0" * 32, exit=1).err)
        run = self.theater("log", "show", "countr", "--json", exit=1)
        self.assertEqual(run.lines()[0]["error"]["code"], "not-found")


class Beside(Recorded):
    """Commands while a run holds the home."""

    def start_run(self):
        process = self.start("run", self.actor("counter", "counter.wat"), "--json", "--log-level", "off")
        self.addCleanup(self.end, process)
        self.assertIn(b'"started"', process.stdout.readline())
        deadline = time.monotonic() + support.TIMEOUT_S
        # Until init has reached the disk.
        while True:
            run = self.theater("log", "list", "--json")
            if run.exit == 0 and any(actor["events"] >= 5 for actor in run.lines()[0]["actors"]):
                return process
            self.assertLess(time.monotonic(), deadline, str(run))
            time.sleep(0.02)

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def test_follow_ends_with_the_actor(self):
        process = self.start_run()
        follow = self.start("log", "show", "counter", "--json", "--follow")
        self.addCleanup(self.end, follow)
        types = [json.loads(follow.stdout.readline())["event"]["type"] for _ in range(5)]
        self.assertEqual(types, ["theater-runtime/genesis", "runtime-setup", "theater:simple/actor/init",
                                 "theater:simple/runtime/log", "theater-runtime/returned"])
        self.assertIsNone(follow.poll())
        process.send_signal(signal.SIGINT)
        out, err = follow.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual((follow.returncode, err), (0, b""))
        types = [json.loads(line)["event"]["type"] for line in out.splitlines()]
        self.assertEqual(types, ["theater-runtime/control", "theater-runtime/terminated"])

    def test_follow_ends_at_ctrl_c(self):
        self.start_run()
        follow = self.start("log", "show", "counter", "--follow")
        self.addCleanup(self.end, follow)
        self.assertIn(b"chain of counter", follow.stdout.readline())
        follow.send_signal(signal.SIGINT)
        _, err = follow.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual((follow.returncode, err), (0, b""))

    def test_a_home_in_use_names_its_holder(self):
        process = self.start_run()
        run = self.theater("run", self.actor("echo", "echo.wat"), "--request", "a", exit=1)
        self.assertIn(str(process.pid), run.err)
        self.assertIn("theater run", run.err)
        self.assertIn(str(self.home()), run.err)

    def test_an_open_chain_is_shown_and_replayed(self):
        self.start_run()
        self.assertIn("  open ", self.theater("log", "list", exit=0).out)
        self.assertEqual(len(self.theater("log", "show", "counter", exit=0).out.splitlines()), 1 + 5)
        replay = self.object("replay", "counter")
        self.assertEqual((replay["outcome"], replay["complete"], replay["ended"]), ("IDENTICAL", True, False))


class Verify(Recorded):
    def test_a_log_proves_itself(self):
        self.run_counter()
        listing = self.object("log", "list")
        report = self.object("verify")
        self.assertEqual((report["verdict"], report["findings"]), ("VALID", []))
        self.assertEqual((report["log"], report["events"], report["actors"], report["segments"]),
                         (listing["log"], listing["size"], 1, 1))
        self.assertEqual(report["root"], listing["root"])
        self.assertEqual(report["checkpoint"]["size"], listing["size"])
        text = self.theater("verify", exit=0).out
        self.assertRegex(text, rf"^VALID: {listing['size']} events of 1 actor in \d+ groups?, 1 segment; ")
        self.assertIn(report["key"], text)
        self.assertIn(listing["root"], text)

    def test_an_actor_is_reported_with_its_head(self):
        self.run_counter()
        counter = self.object("log", "list")["actors"][0]
        for word in ("counter", counter["id"], counter["id"][:8]):
            chain = self.object("verify", word)["actor"]
            self.assertEqual((chain["id"], chain["events"], chain["head"], chain["terminated"]),
                             (counter["id"], counter["events"], counter["head"], True))
        self.assertIn(f"head {counter['head']}", self.theater("verify", "counter", exit=0).out)
        self.assertIn("no actor", self.theater("verify", "0" * 32, exit=1).err)

    def test_a_folder_may_be_a_home_or_a_log(self):
        self.run_counter()
        shutil.copytree(self.home() / "log", self.folder / "copy")
        for word in ("home", self.home() / "log", "copy"):
            self.assertEqual(self.object("verify", word, "--home", "nowhere")["verdict"], "VALID")
        (self.folder / "empty").mkdir()
        self.assertIn("no log in ./empty", self.theater("verify", "./empty", exit=1).err)

    def test_a_flipped_byte_is_found_where_it_is(self):
        self.run_counter()
        self.run_counter()
        # In the first event of the first group.
        self.flip(self.home() / SEGMENT, 60 + 16 + 40)
        run = self.theater("verify", exit=1)
        self.assertTrue(run.out.startswith("INVALID: "), run.out)
        report = self.object("verify", exit=1)
        finding = report["findings"][0]
        self.assertEqual((finding["verdict"], finding["file"], finding["offset"]),
                         ("INVALID", "segments/0000000000.segment", 60))
        self.assertIn("0000000000.segment", run.out)
        self.assertRegex(run.out, r"\b60\b")
        # A command for one actor says the same, whether or not it can be found.
        self.assertIn("INVALID", self.theater("verify", "counter", exit=1).out)

    def test_an_actor_behind_the_damage_is_no_excuse(self):
        self.run_counter(name="first")
        self.run_counter(name="second")
        self.run_counter(name="third")
        data = (self.home() / SEGMENT).read_bytes()
        # In the name that the second actor's chain begins with: groups follow that are whole.
        self.flip(self.home() / SEGMENT, data.index(b"second"))
        report = self.object("verify", "second", exit=1)
        self.assertEqual((report["verdict"], report["findings"][0]["file"]),
                         ("INVALID", "segments/0000000000.segment"))
        self.assertLess(report["findings"][0]["offset"], data.index(b"second"))

    def test_removed_bodies_are_missing_and_changed_ones_wrong(self):
        self.run_with_a_large_payload()
        self.assertEqual(self.object("verify")["bodies"], 2)
        whole = (self.home() / BODIES).read_bytes()
        self.flip(self.home() / BODIES, BODIES_HEADER + BODY_HEAD + 4)
        report = self.object("verify", exit=1)
        self.assertEqual(report["findings"][0]["file"], "segments/0000000000.bodies")
        (self.home() / BODIES).write_bytes(whole)
        self.remove_bodies()
        report = self.object("verify", exit=3)
        self.assertEqual((report["verdict"], report["bodies_removed"]), ("UNVERIFIABLE", 2))
        self.assertEqual(report["findings"][0]["verdict"], "UNVERIFIABLE")
        run = self.theater("verify", exit=3)
        self.assertTrue(run.out.startswith("UNVERIFIABLE: "), run.out)
        self.assertRegex(run.out, "\nUNVERIFIABLE: ")

    def test_a_kept_checkpoint_holds_for_what_was_added(self):
        self.run_counter()
        kept = self.folder / "kept"
        kept.write_text(self.theater("log", "head", exit=0).out)
        self.run_counter()
        self.assertEqual(self.object("verify", "--checkpoint", kept)["verdict"], "VALID")

    def test_a_log_that_was_cut_contradicts_a_kept_checkpoint(self):
        self.run_counter()
        shutil.copytree(self.home(), self.folder / "before")
        self.run_counter()
        kept = self.folder / "kept"
        kept.write_text(self.theater("log", "head", exit=0).out)
        # By itself the older log is whole.
        self.theater("verify", "before", exit=0)
        self.theater("verify", "before", "--checkpoint", kept, exit=1)

    def test_the_checkpoint_or_key_of_another_log_is_wrong(self):
        self.run_counter()
        self.run_counter(home="other")
        kept = self.folder / "kept"
        kept.write_text(self.theater("log", "head", "--home", "other", exit=0).out)
        run = self.theater("verify", "--checkpoint", kept, exit=1)
        self.assertTrue(run.out.startswith("INVALID: "), run.out)
        self.assertIn(str(kept), run.out)
        key = self.theater("log", "key", "--home", "other", exit=0).out.strip()
        self.assertEqual(self.object("verify", "--key", key, exit=1)["verdict"], "INVALID")

    def test_wrong_words_are_refused(self):
        self.run_counter()
        self.assertIn("--key", self.theater("verify", "--key", "nonsense", exit=2).err)
        self.assertIn("gone", self.theater("verify", "--checkpoint", "gone", exit=1).err)


class Replay(Recorded):
    def changed_counter(self):
        text = (support.GUESTS / "counter.wat").read_text()
        self.assertEqual(text.count('"counting"'), 1)
        (self.folder / "changed.wat").write_text(text.replace('"counting"', '"reckoned"'))
        return "changed.wat"

    def test_a_record_is_replayed_with_the_same_head(self):
        self.run_counter()
        counter = self.object("log", "list")["actors"][0]
        run = self.theater("replay", "counter", exit=0)
        self.assertEqual(run.out.splitlines()[0],
                         f"REPLAY IDENTICAL: {counter['events']} events, 4 calls; head {counter['head']}")
        report = self.object("replay", "counter")
        self.assertEqual((report["outcome"], report["head"], report["events"], report["calls"]),
                         ("IDENTICAL", counter["head"], counter["events"], 4))
        self.assertTrue(report["complete"] and report["ended"])
        self.assertIsNone(report["divergence"])

    def test_the_state_at_any_event(self):
        self.run_counter()
        events = self.theater("log", "show", "counter", "--json", exit=0).every("event")
        self.assertEqual(self.object("replay", "counter", "--state")["state"], "3")
        self.assertIn("\nstate: 3\n", self.theater("replay", "counter", "--state", exit=0).out)
        first = next(line["event"] for line in events if "returned" in line["event"]["body"])
        report = self.object("replay", "counter", "--state", "--until", str(first["seq"]))
        self.assertEqual((report["state"], report["head"], report["complete"]), ("0", first["hash"], False))
        self.assertNotIn("state", self.object("replay", "counter"))

    def test_a_failed_actor_is_replayed(self):
        misbehave = self.actor("misbehave", "misbehave.wat")
        self.theater("run", misbehave, "--request", "u", exit=1)
        self.assertEqual(self.object("replay", "misbehave")["outcome"], "IDENTICAL")

    def test_the_clock_and_the_world_are_not_asked(self):
        actor = self.actor("rt", "runtime_calls.wat")
        self.theater("run", actor, "--request", "id", "--request", "name", "--request", "done", exit=0)
        self.assertEqual(self.object("replay", "rt")["outcome"], "IDENTICAL")

    def test_another_component_diverges_where_it_differs(self):
        self.run_counter()
        changed = self.changed_counter()
        run = self.theater("replay", "counter", "--component", changed, exit=1)
        events = self.theater("log", "show", "counter", "--json", exit=0).every("event")
        note = next(line["event"] for line in events if "note" in line["event"]["body"])
        self.assertTrue(run.out.startswith(f"REPLAY DIVERGED at event {note['seq']} (note)\n"), run.out)
        self.assertIn("theater:simple/runtime/log", run.out)
        self.assertIn("theater:simple/actor/init", run.out)
        at = self.object("replay", "counter", "--component", changed, exit=1)["divergence"]
        self.assertEqual((at["seq"], at["hash"], at["field"]), (note["seq"], note["hash"], "arguments"))
        self.assertIn("counting", json.dumps(at["recorded"]["arguments"]))
        self.assertIn("reckoned", json.dumps(at["replayed"]["arguments"]))

    def test_what_the_same_component_does_is_identical_under_another_name(self):
        self.run_counter()
        shutil.copy(support.GUESTS / "counter.wat", self.folder / "again.wat")
        self.assertEqual(self.object("replay", "counter", "--component", "again.wat")["outcome"], "IDENTICAL")

    def test_a_removed_input_stops_the_replay(self):
        self.run_with_a_large_payload()
        self.assertEqual(self.object("replay", "echo")["outcome"], "IDENTICAL")
        self.remove_bodies()
        run = self.theater("replay", "echo", exit=3)
        self.assertTrue(run.out.startswith("REPLAY UNVERIFIABLE: "), run.out)
        self.assertRegex(run.out, "\nmissing: ")

    def test_a_missing_component_is_named(self):
        self.run_counter()
        events = self.theater("log", "show", "counter", "--json", exit=0).every("event")
        digest = re.search(r'"component":"?([^",}]*)', json.dumps(events[1]["event"]["body"],
                                                                  separators=(",", ":")))
        self.assertIsNotNone(digest)
        shutil.rmtree(self.home() / "blobs")
        run = self.theater("replay", "counter")
        self.assertIn(run.exit, (1, 3), str(run))
        self.assertRegex(run.out + run.err, "[0-9a-f]{64}")

    def test_the_node_itself_is_not_replayed(self):
        self.run_counter()
        log = self.object("log", "list")["log"]
        self.assertIn("runs no component", self.theater("replay", log, exit=1).err)


if __name__ == "__main__":
    support.main()
