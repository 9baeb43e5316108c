"""Bad components and bad guests: each is a clear error or the recorded end of that actor alone."""

import random
import shutil
import time

import support

LIMIT = "[limits]\ncall_cpu_ms = 50\n"


class Hostile(support.Case):
    def beside_an_honest_actor(self, guest, *words, text="", exit=1):
        """Runs a guest next to an echo, which must answer whatever the guest does."""
        bad = self.actor("bad", guest, text)
        good = self.actor("good", "echo.wat")
        run = self.theater("run", bad, good, *words, "--request", "good:still here", "--json", "--chain",
                           exit=exit)
        replies = [line["reply"] for line in run.every("reply") if line["actor"] == "good"]
        self.assertEqual(replies, ["still here"], str(run))
        return run

    def body(self, run, kind, actor="bad"):
        bodies = [line["event"]["body"] for line in run.every("event") if line["event"]["actor"] == actor]
        found = [body[kind] for body in bodies if kind in body]
        self.assertEqual(len(found), 1, str(run))
        return found[0]

    def test_an_endless_loop_in_init(self):
        run = self.beside_an_honest_actor("loop_in_init.wat", text=LIMIT)
        self.assertIn("cpu-limit", run.err)
        self.assertEqual(self.body(run, "failed")["why"], {"limit": "cpu"})
        self.assertEqual(self.body(run, "terminated")["how"], "failed")

    def test_an_endless_loop_in_a_start_function(self):
        run = self.beside_an_honest_actor("loop_in_start.wat", text=LIMIT)
        self.assertEqual(self.body(run, "failed")["why"], {"limit": "cpu"})
        self.assertEqual(self.body(run, "terminated")["how"], "failed")

    def test_an_endless_loop_in_a_call(self):
        run = self.beside_an_honest_actor("misbehave.wat", "--request", "loop", text=LIMIT)
        self.assertEqual(self.body(run, "failed")["why"], {"limit": "cpu"})

    def test_traps(self):
        for ask, code in (("u", "unreachable"), ("r", "stack-overflow"), ("o", "memory-out-of-bounds"),
                          ("s", "bad-value"), ("x", "bad-value")):
            with self.subTest(ask=ask):
                run = self.beside_an_honest_actor("misbehave.wat", "--request", ask)
                self.assertEqual(self.body(run, "failed")["why"], {"trap": code})
                self.assertEqual(self.body(run, "terminated")["how"], "failed")

    def test_growing_beyond_the_limit_answers_minus_one(self):
        run = self.beside_an_honest_actor("misbehave.wat", "--request", "g", "--request", "after", exit=0)
        replies = [line["reply"] for line in run.every("reply") if line["actor"] == "bad"]
        self.assertEqual(replies, ["-", "after"])

    def test_a_fault_after_refused_growth_names_the_limit(self):
        """The guest chose to trap, so that is on record, and a replay traps again; people see why."""
        where = "in theater:simple/message-server-client/handle-request the guest asked for"
        for ask, limit, what in (
                ("m", 'memory_bytes = "1280KiB"',
                 "4294901760 bytes of memory; its limit is `[limits] memory_bytes = 1280KiB`"),
                ("t", "table_elements = 1000",
                 "200001 table elements; its limit is `[limits] table_elements = 1000`")):
            with self.subTest(ask=ask):
                run = self.beside_an_honest_actor("misbehave.wat", "--request", ask, text=f"[limits]\n{limit}\n")
                self.assertEqual(self.body(run, "failed")["why"], {"trap": "unreachable"})
                self.assertIn(f"failed: unreachable: {where} {what}", run.err)
                [end] = [line["ended"] for line in run.every("ended") if line["ended"]["actor"] == "bad"]
                self.assertIn(f"{where} {what}", end["failure"].splitlines()[0])
        # What was refused in an earlier call, or by the guest's own choice, explains nothing.
        run = self.beside_an_honest_actor("misbehave.wat", "--request", "g", "--request", "u")
        self.assertNotIn("asked for", run.err)

    def test_a_returned_error_leaves_the_actor_alive(self):
        run = self.beside_an_honest_actor("misbehave.wat", "--request", "e", "--request", "after")
        self.assertIn("request 1 to `bad`: no", run.err)
        replies = [line["reply"] for line in run.every("reply") if line["actor"] == "bad"]
        self.assertEqual(replies, ["after"])

    def test_an_init_that_refuses(self):
        run = self.beside_an_honest_actor("refuse.wat", "--init", 'bad:"not today"')
        self.assertIn("not today", run.err)
        self.assertEqual(self.body(run, "terminated")["how"], "failed")

    def test_a_message_beyond_the_payload_limit(self):
        (self.folder / "long").write_bytes(b"x" * 10_000)
        run = self.beside_an_honest_actor("echo.wat", "--request", "@long", "--request", "short",
                                          text="[limits]\npayload_bytes = 8192\n")
        replies = [line["reply"] for line in run.every("reply") if line["actor"] == "bad"]
        self.assertEqual(replies, ["short"])


    def test_a_call_that_takes_too_long(self):
        # On a busy machine `init` may be the call that takes too long.
        for limit in (50, 2_000, 30_000):
            run = self.beside_an_honest_actor("misbehave.wat", "--request", "loop",
                                              text=f"[limits]\ncall_wall_ms = {limit}\n")
            if "was reached in theater:simple/actor/init" not in run.err:
                break
            shutil.rmtree(self.folder / "home")
        self.assertEqual(self.body(run, "failed")["why"], "killed")
        self.assertRegex(run.err, r"failed: time-limit: call_wall_ms = \w+ was reached in "
                         "theater:simple/message-server-client/handle-request")

    def test_a_cpu_limit_names_function_and_value(self):
        run = self.beside_an_honest_actor("misbehave.wat", "--request", "loop", text=LIMIT)
        self.assertIn("failed: cpu-limit: call_cpu_ms = 50ms was reached in "
                      "theater:simple/message-server-client/handle-request", run.err)

    def test_an_operator_who_lets_actors_have_less(self):
        (self.folder / "policy.toml").write_text("[limits]\ncall_cpu_ms = 50\n")
        run = self.beside_an_honest_actor("misbehave.wat", "--request", "loop", "--policy", "policy.toml",
                                          text="[limits]\ncall_cpu_ms = 3600000\n")
        self.assertIn("call_cpu_ms = 50ms was reached", run.err)

    def test_a_log_flood_is_slowed_down_and_recorded_whole(self):
        # Each call records some 14 KiB, at 8 KiB a second after a burst of as much. So each has to wait.
        (self.folder / "long").write_bytes(b"l" + b"x" * 7000)
        words = ["--request", "@long"] * 2
        start = time.monotonic()
        bad = self.actor("bad", "runtime_calls.wat", "[limits]\nlog_bytes_per_second = \"8KiB\"\n")
        run = self.theater("run", bad, *words, "--json", exit=0)
        self.assertEqual([line["reply"] for line in run.every("reply")], ["ok"] * 2)
        self.assertGreater(time.monotonic() - start, 1)
        lines = [line for line in run.err.splitlines() if "log_bytes_per_second" in line]
        self.assertEqual(len(lines), 1, run.err)
        self.assertRegex(lines[0], r" warning \[limits\] bad: \S+ waits \d+ ms: it writes its log faster than "
                         r"`\[limits\] log_bytes_per_second = 8KiB` allows, 1 waits so far$")

    def test_a_chain_of_which_little_is_kept_replays_all_the_same(self):
        (self.folder / "long").write_bytes(b"l" + b"x" * 3000)
        calls = self.actor("calls", "runtime_calls.wat", '[limits]\nchain_bytes = "4KiB"\n')
        run = self.theater("run", calls, "--request", "s", *["--request", "@long", "--request", "s"] * 4,
                           "--json", "--chain", exit=0)
        hosts = [line["event"]["body"] for line in run.every("event") if "host" in line["event"]["body"]]
        self.assertTrue(hosts, str(run))
        self.theater("verify", exit=0)
        self.assertIn("IDENTICAL", self.theater("replay", "calls", exit=0).out)

    def test_a_budget_of_time(self):
        run = self.beside_an_honest_actor("misbehave.wat", "--request", "loop", text="[budget]\ncpu_ms = 50\n")
        self.assertEqual(self.body(run, "failed")["why"], {"limit": "cpu"})
        self.assertIn("failed: cpu-limit: budget-spent: budget.cpu_ms = 50ms of actor", run.err)

    def test_a_budget_of_the_log(self):
        # Each answer records some 9 KiB.
        (self.folder / "long").write_bytes(b"l" + b"x" * 4000)
        run = self.beside_an_honest_actor("runtime_calls.wat", *["--request", "bad:@long"] * 6,
                                          text='[budget]\nlog_bytes = "16KiB"\n')
        self.assertEqual(self.body(run, "failed")["why"], "killed")
        self.assertIn("failed: killed: budget-spent: budget.log_bytes = 16KiB of actor", run.err)
        self.assertEqual(self.body(run, "terminated")["how"], "failed")
        self.theater("verify", exit=0)
        self.assertIn("IDENTICAL", self.theater("replay", "bad", exit=0).out)


class Spawning(support.Case):
    """Actors that spawn more, faster or with more rights than they may."""

    LISTED = ("supervisor", "message-server")

    def replies(self, *requests, text="", child_text="", words=()):
        child = self.folder / self.actor("child", "foreman.wat", child_text, handlers=self.LISTED)
        files = '[[handler]]\ntype = "filesystem"\npath = "/"\n'
        bad = self.actor("bad", "foreman.wat", files + text, handlers=self.LISTED)
        good = self.actor("good", "echo.wat")
        asked = [word for request in requests for word in ("--request", f"bad:{request}{child}")]
        run = self.theater("run", bad, good, *words, *asked, "--request", "good:still here", "--json", "--chain",
                           "--grant", "filesystem:read", exit=0)
        replies = [line["reply"] for line in run.every("reply")]
        self.assertEqual(replies[-1], "still here")
        self.refused = [line["event"]["body"]["refused"]["why"] for line in run.every("event")
                        if "refused" in line["event"]["body"]]
        self.id = run.every("started")[0]["started"]["id"]
        self.err = run.err
        return replies[:-1]

    def test_more_children_than_the_limit(self):
        replies = self.replies("s", "s", "s", text="[limits]\nchildren = 2\n")
        self.assertRegex(replies[1], "^[0-9a-f]{32}$")
        self.assertEqual(replies[2], f"actor {self.id} has 2 children, children = 2: stop one first")
        self.assertEqual(self.refused, [{"limit": "children"}])

    def test_spawns_faster_than_the_limit(self):
        replies = self.replies("s", text="[limits]\nspawns_per_second = 0\n")
        self.assertEqual(replies[0], f"actor {self.id} spawns too fast, spawns_per_second = 0: try later")
        self.assertEqual(self.refused, [{"limit": "spawns_per_second"}])

    def test_more_descendants_than_the_budget_has(self):
        replies = self.replies("s", "s", "s", text="[budget]\ndescendants = 2\n")
        self.assertRegex(replies[1], "^[0-9a-f]{32}$")
        self.assertEqual(replies[2], f"budget-spent: budget.descendants = 2 of actor {self.id} is used up, "
                                     "by it and its descendants")
        self.assertEqual(self.refused, [{"limit": "budget.descendants"}])
        self.assertIn(f"{self.id} was refused: {replies[2]}", self.err)
        self.theater("verify", exit=0)
        self.assertIn("IDENTICAL", self.theater("replay", "bad", exit=0).out)

    def test_little_room_on_the_disk(self):
        # More than is free, and less than twice as much: no guest may fill the disk, and all may run.
        floor = shutil.disk_usage(self.folder).free * 3 // 2
        (self.folder / "policy.toml").write_text(f"min-free-bytes = {floor}\n")
        replies = self.replies("s", words=("--policy", "policy.toml"))
        self.assertRegex(replies[0], "^disk-full: the file system of the node's home has [0-9]+ bytes free, less "
                                     "than min-free-bytes = ")
        self.assertEqual(self.refused, [{"limit": "min-free-bytes"}])
        self.assertIn("was refused: disk-full", self.err)
        self.theater("verify", exit=0)
        self.assertIn("IDENTICAL", self.theater("replay", "bad", exit=0).out)

    def test_more_calls_of_an_interface_than_the_budget_has(self):
        replies = self.replies("s", "s", text="[budget]\nhost_calls = { supervisor = 1 }\n")
        self.assertIn("budget.host_calls.theater:simple/supervisor = 1 of actor", replies[1])

    def test_a_child_that_asks_for_more_than_anybody_has(self):
        replies = self.replies("s", child_text='[[handler]]\ntype = "environment"\nallowed_vars = ["HOME"]\n')
        self.assertIn("`child` asks for more than the policy grants:\n  environment: vars HOME", replies[0])

    def test_children_whose_init_fails_again_and_again(self):
        replies = self.replies(*["f"] * 10)
        self.assertEqual(set(replies), {"spawning actor `child`: init returned an error: told to fail"})

    def test_ids_that_are_forged(self):
        stranger = "0" * 32
        bad = self.actor("bad", "foreman.wat", handlers=self.LISTED)
        good = self.actor("good", "echo.wat")
        run = self.theater("run", bad, good, "--request", f"bad:t{stranger}", "--request", "bad:tnobody",
                           "--request", "good:still here", "--json", exit=0)
        replies = [line["reply"] for line in run.every("reply")]
        self.assertEqual(replies[0], f"{stranger} is not a child of this actor")
        self.assertIn("nobody", replies[1])
        self.assertEqual(replies[2], "still here")


class Storms(support.Case):
    """Guests that attack for as long as they may (bench/guests/hostile.wat), next to an honest one."""

    GUEST = support.ROOT / "bench" / "guests" / "hostile.wat"
    HANDLERS = "".join(f'[[handler]]\ntype = "{name}"\n' for name in ("message-server", "supervisor"))

    def attacker(self, name, order, text="", spawned=""):
        """A manifest whose actor makes the attack; `spawned` is more of the manifest of those that it spawns."""
        child = f'name = "spawned"\ncomponent = "{self.GUEST}"\n{self.HANDLERS}{spawned}'
        (self.folder / f"{name}.state").write_text(f"{order}{'0' * 32}{child}")
        (self.folder / f"{name}.toml").write_text(
            f'name = "{name}"\ncomponent = "{self.GUEST}"\ninit_state = "{name}.state"\n{self.HANDLERS}'
            f'[[handler]]\ntype = "filesystem"\npath = "/"\n{text}')
        return f"{name}.toml"

    def beside_an_honest_actor(self, bad, exit=1):
        good = self.actor("good", "echo.wat")
        asks = ["--request", "good:still here"] * 20
        run = self.theater("run", bad, good, *asks, "--json", "--grant", "filesystem:read", exit=exit)
        self.assertEqual([line["reply"] for line in run.every("reply")], ["still here"] * 20)
        shown = self.theater("log", "show", "bad", "--json", exit=0)
        self.events = [line["event"]["body"] for line in shown.every("event")]
        return run

    def bodies(self, kind):
        return [body[kind] for body in self.events if kind in body]

    def test_a_spawn_storm(self):
        bad = self.attacker("bad", "s", "[limits]\ncall_cpu_ms = 300\nchildren = 12\n")
        self.beside_an_honest_actor(bad)
        self.assertEqual(len(self.bodies("child")), 12)
        self.assertEqual(len(self.bodies("child-ended")), 12)
        self.assertIn({"limit": "children"}, [refused["why"] for refused in self.bodies("refused")])
        self.assertEqual(self.bodies("failed"), [{"why": {"limit": "cpu"}}])

    def test_children_whose_init_fails_for_ever(self):
        bad = self.attacker("bad", "i", "[limits]\ncall_cpu_ms = 300\nspawns_per_second = 10\n")
        self.beside_an_honest_actor(bad)
        self.assertGreaterEqual(len(self.bodies("child-ended")), 10)
        self.assertEqual({ended["how"] for ended in self.bodies("child-ended")}, {"failed"})
        self.assertIn({"limit": "spawns_per_second"}, [refused["why"] for refused in self.bodies("refused")])
        self.assertEqual(self.bodies("failed"), [{"why": {"limit": "cpu"}}])

    def test_a_restart_storm(self):
        self.attacker("storm", "t")
        bad = self.attacker("bad", "d", "[supervision]\nrestarts = 40\nperiod = \"10m\"\nbackoff = 0\nbackoff_max = 0\n"
                            '[[child]]\nname = "storm"\nmanifest = "storm.toml"\n')
        run = self.beside_an_honest_actor(bad)
        self.assertIn("too many restarts: more than 40 within 600000 ms", run.err)
        self.assertEqual(len(self.bodies("child-ended")), 1)
        self.assertEqual(self.bodies("terminated"), [{"how": "failed"}])
        shown = self.theater("log", "show", "storm", exit=0).out
        self.assertIn("incarnation 40", shown)
        self.assertNotIn("incarnation 41", shown)

    def test_a_giant_state(self):
        self.beside_an_honest_actor(self.attacker("bad", "g", "[budget]\nmessages = 10\n"), exit=0)
        sizes = [body["state"]["set"]["length"] for body in self.bodies("returned") if "set" in body["state"]]
        self.assertEqual(set(sizes), {4 << 20})

    def test_a_state_beyond_the_limit(self):
        self.beside_an_honest_actor(self.attacker("bad", "g", '[limits]\npayload_bytes = "4MiB"\n'))
        self.assertEqual(self.bodies("failed"), [{"why": {"limit": "payload"}}])

    def test_memory_and_tables_to_the_limit(self):
        self.beside_an_honest_actor(self.attacker("bad", "m", '[limits]\nmemory_bytes = "8MiB"\n'))
        self.assertEqual(self.bodies("failed"), [{"why": {"trap": "unreachable"}}])


class BadComponents(support.Case):
    def refused(self, name, *words):
        run = self.theater("run", name, "--request", "x", *words, exit=1)
        self.assertEqual(run.out, "")
        self.assertNotIn("signal", run.err)
        return run.err

    def test_a_core_module(self):
        self.assertIn("core module", self.refused(self.actor("core", "core_module.wat")))

    def test_imports_that_nobody_offers_are_all_named(self):
        err = self.refused(self.actor("unknown", "unknown_imports.wat"))
        self.assertIn("theater:simple/runtme", err)
        self.assertIn("did it mean theater:simple/runtime?", err)
        self.assertIn("acme:tools/oracle", err)

    def test_a_handler_that_the_manifest_does_not_list(self):
        err = self.refused(self.actor("rally", "rally.wat", handlers=()))
        self.assertIn('add [[handler]] type = "message-server"', err)

    def test_an_import_of_another_type(self):
        err = self.refused(self.actor("log", "wrong_log.wat"))
        self.assertIn("theater:simple/runtime/log", err)
        self.assertIn("u32", err)

    def test_a_function_that_an_interface_is_offered_without(self):
        err = self.refused(self.actor("adopt", "adopt.wat", handlers=("supervisor",)))
        self.assertIn("theater:simple/supervisor/adopt-child", err)

    def test_a_component_that_is_not_there(self):
        (self.folder / "gone.toml").write_text('name = "gone"\ncomponent = "gone.wasm"\n')
        self.assertIn("gone.wasm", self.refused("gone.toml"))

    def test_a_component_that_is_not_the_pinned_one(self):
        path = self.folder / self.actor("pinned", "echo.wat", handlers=())
        path.write_text(path.read_text() + f'component_digest = "{"0" * 64}"\n')
        self.assertIn("pins", self.refused(path.name))

    def test_a_manifest_with_an_unknown_key(self):
        (self.folder / "bad.toml").write_text('name = "bad"\ncomponent = "x.wasm"\ndescripton = "slip"\n')
        err = self.refused("bad.toml")
        self.assertIn("bad.toml:3:1: ", err)
        self.assertIn("did you mean `description`?", err)

    def test_broken_bytes(self):
        text = (support.GUESTS / "echo.wat").read_bytes()
        draw = random.Random(20)
        for number in range(40):
            data = bytearray(text)
            if number % 2:
                del data[draw.randrange(len(data)):]
            else:
                for _ in range(3):
                    data[draw.randrange(len(data))] = draw.randrange(256)
            (self.folder / "broken.wat").write_bytes(data)
            (self.folder / "broken.toml").write_text('name = "broken"\ncomponent = "broken.wat"\n')
            run = self.theater("inspect", "broken.wat")
            self.assertIn(run.exit, (0, 1), f"{number}: {run}")
            if run.exit == 1:
                self.assertIn("broken.wat", run.err)
        for data in (b"", b"\0asm", b"\0asm\x0d\0\x01\0", bytes(draw.randrange(256) for _ in range(999))):
            (self.folder / "broken.wasm").write_bytes(data)
            self.theater("inspect", "broken.wasm")
            (self.folder / "broken.toml").write_text('name = "broken"\ncomponent = "broken.wasm"\n')
            self.refused("broken.toml")


if __name__ == "__main__":
    support.main()
