"""Bad components and bad guests: each is a clear error or the recorded end of that actor alone."""

import random

import support

LIMIT = "[limits]\ncall_cpu_ms = 50\n"


class Hostile(support.Case):
    def beside_an_honest_actor(self, guest, *words, text="", exit=1):
        """Runs a guest beside an echo, which must answer whatever the guest does."""
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
