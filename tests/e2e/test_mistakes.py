"""What the program says and does when a newcomer errs, or ends a run early."""

import contextlib
import json
import signal
import socket
import subprocess

import support


class Mistakes(support.Case):
    def test_a_name_that_no_actor_has_is_no_text(self):
        counter = self.actor("counter", "counter.wat")
        run = self.theater("run", f"a={counter}", f"b={counter}", "--send", "foo:inc", exit=2)
        self.assertIn("--send: no actor `foo`; there are a, b", run.err)
        self.assertIn("--send 'a:foo:inc'", run.err)
        run = self.theater("run", counter, "--request", "conter:x", exit=2)
        self.assertIn("did you mean `counter:x`?", run.err)
        run = self.theater("run", counter, "--init", "conter:5", exit=2)
        self.assertIn("--init: no actor `conter`; there is counter", run.err)
        # Nothing has started.
        self.assertEqual(self.theater("log", "list", "--json", exit=0).lines()[0]["actors"], [])

    def test_a_text_may_have_a_colon(self):
        echo = self.actor("echo", "echo.wat")
        run = self.theater("run", echo, "--request", "key:value", "--request", "https://a.example", exit=0)
        self.assertEqual(run.out, "key:value\nhttps://a.example\n")
        run = self.theater("run", f"a={echo}", f"b={echo}", "--request", "b:key:value", exit=0)
        self.assertEqual(run.out, "key:value\n")

    def test_an_id_may_stand_in_a_message(self):
        echo = self.actor("echo", "echo.wat")
        run = self.theater("run", f"a={echo}", f"b={echo}", "--request", "{{actor.b}}", "--json", exit=0)
        ids = {line["started"]["actor"]: line["started"]["id"] for line in run.every("started")}
        self.assertIn(ids["b"], json.dumps(run.every("reply")[0]["reply"]))
        run = self.theater("run", f"a={echo}", "--request", "{{actor.c}}", exit=2)
        self.assertIn("--request: no actor `c`", run.err)

    def test_an_option_is_no_value(self):
        run = self.theater("run", self.actor("echo", "echo.wat"), "--send", "--request", "get", exit=2)
        self.assertIn("option --send needs a value before --request", run.err)

    def test_a_path_may_have_an_equals_sign(self):
        (self.folder / "a=b").mkdir()
        manifest = self.folder / self.actor("echo", "echo.wat")
        manifest.rename(self.folder / "a=b" / "manifest.toml")
        self.assertEqual(self.theater("run", "a=b", "--request", "x", exit=0).out, "x\n")

    def test_a_component_is_no_manifest(self):
        (self.folder / "some.wasm").write_bytes(b"\0asm")
        run = self.theater("run", "some.wasm", exit=1)
        self.assertIn("some.wasm is a component, and an actor starts from a manifest", run.err)
        self.assertIn("`theater inspect some.wasm`", run.err)

    def test_another_file_is_no_component(self):
        (self.folder / "page.wasm").write_text("<html>\n<body>404: there is nothing here</body>")
        self.actor("page", self.folder / "page.wasm")
        for words in (("run", "page.toml"), ("validate", "page.toml"), ("inspect", "page.wasm")):
            err = self.theater(*words, exit=1).err
            self.assertIn("it is no component: it begins with `<html>", err)
            self.assertNotIn("<anon>", err)
        (self.folder / "page.wasm").write_bytes(b"")
        self.assertIn("it is no component", self.theater("inspect", "page.wasm", exit=1).err)

    def test_an_actor_that_takes_no_messages_says_why(self):
        self.actor("silent", "refuse.wat")
        text = (support.GUESTS / "refuse.wat").read_text().replace("(i32.store (i32.const 64) (i32.const 1))",
                                                                  "(i32.store (i32.const 64) (i32.const 0))"
                                                                  "(i32.store (i32.const 68) (i32.const 0))"
                                                                  "(return (i32.const 64))")
        (self.folder / "silent.wat").write_text(text)
        for handlers, why in ((["message-server"], "does not export theater:simple/message-server-client/handle-send"),
                              ([], "takes no messages: its manifest does not list the handler `message-server`")):
            self.actor("silent", self.folder / "silent.wat", handlers=handlers)
            self.assertIn(why, self.theater("run", "silent.toml", "--send", "x", exit=1).err)

    def test_an_actor_without_its_component_is_to_be_built(self):
        (self.folder / "tally").mkdir()
        (self.folder / "tally" / "manifest.toml").write_text('name = "tally"\ncomponent = "build/tally.wasm"\n')
        for words in (("run", "tally"), ("validate", "tally")):
            self.assertNotIn("theater build", self.theater(*words, exit=1).err)
        (self.folder / "tally" / "main.cpp").write_text("")
        for words in (("run", "tally"), ("validate", "tally")):
            self.assertIn(f"`theater build {self.folder / 'tally'}`", self.theater(*words, exit=1).err)

    def test_the_current_folder_needs_no_name(self):
        self.assertIn("missing argument MANIFEST", self.theater("run", exit=2).err)
        (self.folder / self.actor("echo", "echo.wat")).rename(self.folder / "manifest.toml")
        self.assertEqual(self.theater("run", "--request", "x", exit=0).out, "x\n")
        self.assertIn("has no sources", self.theater("build", exit=1).err)

    def test_a_damaged_export_is_no_actor(self):
        self.theater("run", self.actor("echo", "echo.wat"), "--request", "x", exit=0)
        self.theater("log", "export", "echo", "-o", "t.export", exit=0)
        self.theater("verify", "t.export", exit=0)
        data = bytearray((self.folder / "t.export").read_bytes())
        data[0] ^= 1
        (self.folder / "t.export").write_bytes(data)
        self.assertIn("t.export is no export", self.theater("verify", "t.export", exit=1).err)

    def test_a_private_address_can_be_inspected(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"127.0.0.1:{server.getsockname()[1]}"
        run = self.theater("inspect", f"http://{address}/a.wasm", exit=1)
        self.assertIn(f"--private-host {address}", run.err)
        run = self.theater("inspect", f"http://{address}/a.wasm", "--private-host", address, exit=1)
        self.assertNotIn("--private-host", run.err)

    def test_closed_descriptors_take_nothing(self):
        """Log lines for a closed standard error must not go to the file that has its number."""
        manifest = self.actor("counter", "counter.wat")
        script = f'exec "$0" run {manifest} --request x --log-level debug <&- >&- 2>&-'
        done = subprocess.run(["sh", "-c", script, support.theater], cwd=self.folder, env=self.environment(),
                              timeout=support.TIMEOUT_S, check=False)
        self.assertEqual(done.returncode, 0)
        # The lock names its holder and nothing else.
        lock = (self.folder / "home" / "lock").read_bytes()
        self.assertNotIn(b"counter:", lock)
        self.assertNotIn(b"info", lock)

    def test_the_first_refusal_names_everything(self):
        """What is not granted, what the manifest does not list, and what no handler offers."""
        text = (support.GUESTS / "unknown_imports.wat").read_text()
        text = text.replace("(component\n", '(component\n  (import "theater:simple/timing" (instance (export "now" '
                            '(func (result u64)))))\n', 1)
        (self.folder / "needs.wat").write_text(text)
        self.actor("needs", self.folder / "needs.wat", keys="", handlers=("http-client",),
                   text='[[handler]]\ntype = "custom"\nname = "dicey"\n')
        for words in (("run", "needs.toml"), ("validate", "needs.toml")):
            err = self.theater(*words, exit=1).err
            for part in ("asks for more than the policy grants:", "\n  http-client\n", "--grant custom:rights=dicey",
                         "lists the handler `dicey`, which this build of Theater lacks",
                         "does not list the handler `timing`", "imports acme:tools/oracle, which no handler",
                         "theater:simple/runtme, which no handler of this node offers; did it mean "
                         "theater:simple/runtime?"):
                self.assertIn(part, err)
        lines = self.theater("run", "needs.toml", "--json", exit=1).every("error")
        self.assertEqual([line["error"]["code"] for line in lines], ["permission-denied", "invalid-argument"])
        # With the grants, the rest is still an error.
        for words in (("run",), ("validate",)):
            err = self.theater(*words, "needs.toml", "--grant", "http-client", "--grant", "custom:rights=dicey",
                               exit=1).err
            self.assertNotIn("asks for more", err)
            self.assertEqual(err.count("which this build of Theater lacks"), 1, err)

    def test_a_handler_that_is_nearly_one_is_named(self):
        self.actor("echo", "echo.wat", text='[[handler]]\ntype = "custom"\nname = "timming"\n')
        for words in (("run",), ("validate",)):
            err = self.theater(*words, "echo.toml", "--grant", "custom:rights=timming", exit=1).err
            self.assertIn("lacks; did it mean `timing`?", err)

    def test_types_alone_need_no_handler(self):
        text = (support.GUESTS / "echo.wat").read_text()
        types = '(type $t (record (field "a" u32))) (export "r" (type (eq $t)))'
        for interface in ("theater:simple/http-types", "acme:tools/types"):
            (self.folder / "typed.wat").write_text(
                text.replace("(component\n", f'(component\n  (import "{interface}" (instance {types}))\n', 1))
            self.actor("typed", self.folder / "typed.wat")
            self.assertEqual(self.theater("run", "typed.toml", "--request", "x", exit=0).out, "x\n")
            self.theater("validate", "typed.toml", exit=0)

    def test_an_export_of_another_type_is_exported(self):
        text = (support.GUESTS / "refuse.wat").read_text()
        changed = text.replace('(tuple string)', '(tuple u32 u32)')
        self.assertNotEqual(text, changed)
        (self.folder / "other.wat").write_text(changed)
        self.actor("other", self.folder / "other.wat")
        err = self.theater("run", "other.toml", exit=1).err
        self.assertIn("theater:simple/actor/init with another type", err)
        self.assertNotIn("does not export", err)

    def test_a_hint_for_the_policy_file_can_be_pasted(self):
        (self.folder / "some folder").mkdir()
        (self.folder / "policy.toml").write_text('[grant.environment]\nvars = ["HOME"]\n')
        self.actor("echo", "echo.wat", handlers=("message-server", "http-client"), text="""
[[handler]]
type = "filesystem"
path = "some folder"
[[handler]]
type = "environment"
allowed_vars = ["HOME", "a \\"quoted\\" name"]
""")
        err = self.theater("validate", "echo.toml", "--policy", "policy.toml", exit=1).err
        head, pasted = err.split("policy file, in place of tables of these names:\n")
        self.assertIn("asks for more", head)
        (self.folder / "policy.toml").write_text(pasted)
        self.theater("validate", "echo.toml", "--policy", "policy.toml", exit=0)
        self.assertEqual(self.theater("run", "echo.toml", "--policy", "policy.toml", "--request", "x", exit=0).out, "x\n")

    def fussy(self, name, **options):
        """A counter that refuses each message that begins with `e`, and says it again."""
        text = (support.GUESTS / "counter.wat").read_text()
        begin = '(func (export "handle-send") (param $some i32) (param $at i32) (param $size i32) (param i32 i32)\n' \
                '      (result i32)\n'
        self.assertEqual(text.count(begin), 1)
        refuse = """(if (i32.eq (i32.load8_u (local.get 3)) (i32.const 101)) (then
          (i32.store (i32.const 64) (i32.const 1)) (i32.store (i32.const 68) (local.get 3))
          (i32.store (i32.const 72) (local.get 4)) (return (i32.const 64))))"""
        (self.folder / "fussy.wat").write_text(text.replace(begin, begin + refuse))
        return self.actor(name, self.folder / "fussy.wat", **options)

    def test_a_message_that_fails_fails_the_run(self):
        self.fussy("a")
        for keys in ("", '[log]\ndurability = "memory"\n'):
            self.fussy("a", text=keys)
            run = self.theater("run", "a.toml", "--send", "x", "--send", "e no such word", "--request", "get", exit=1)
            # What comes after it is carried out, as after a request that fails.
            self.assertEqual(run.out, "2\n")
            self.assertEqual(run.err.count("theater: a message to `a`: e no such word\n"), 1, run.err)
        run = self.theater("run", "a.toml", "--send", "e1", "--send", "e2", "--json", exit=1)
        self.assertEqual([(line["actor"], line["error"]["message"]) for line in run.every("error")],
                         [("a", "a message to `a`: e1"), ("a", "a message to `a`: e2")])
        # A request that fails has its own line, and a message that does not has none.
        self.assertNotIn("a message to", self.theater("run", "a.toml", "--send", "x", exit=0).err)

    def test_an_error_of_an_earlier_run_is_not_told_again(self):
        self.fussy("a", keys="")
        self.theater("run", "a.toml", "--send", "e1", "--keep", exit=1)
        run = self.theater("run", "a.toml", "--send", "x", "--send", "e2", exit=1)
        self.assertNotIn("e1", run.err)
        self.assertIn("a message to `a`: e2", run.err)

    def test_a_refused_grant_is_named_when_it_is_refused_and_at_the_end(self):
        self.actor("asks", "environment.wat", handlers=("message-server",))
        asked = [word for name in ("HOME", "HOME", "LANG") for word in ("--request", name)]
        run = self.theater("run", "asks.toml", *asked, exit=0)
        during, end = run.err.split("calls were refused for want of a grant:\n")
        for name in ("HOME", "LANG"):
            line = f"environment:vars={name} (the policy lacks it: add --grant environment:vars={name};"
            self.assertEqual(during.count(f"theater:simple/runtime/get-env was refused: {line}"), 1, run.err)
            self.assertEqual(end.count(f"  `asks`: {line}"), 1, run.err)
        # Too many to name all.
        asked = [word for number in range(80) for word in ("--request", f"V{number:02}")]
        run = self.theater("run", "asks.toml", *asked, exit=0)
        during, end = run.err.split("calls were refused for want of a grant:\n")
        self.assertEqual(during.count("was refused: "), 64)
        self.assertEqual(end.count("\n  `asks`: "), 19)
        self.assertIn("… and 60 more", end)
        self.assertNotIn("was refused", self.theater("run", "asks.toml", "--request", "HOME", "--log-level", "error",
                                                     exit=0).err)


class EndedEarly(support.Case):
    def interrupt(self, process):
        process.send_signal(signal.SIGINT)
        return process.communicate(timeout=support.TIMEOUT_S)

    @contextlib.contextmanager
    def far(self):
        """A server that takes connections and never answers, and the words that run an actor from there."""
        # The run may end as a kill ends it, before its home has a checkpoint.
        self.keeps_the_record = False
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(support.TIMEOUT_S)
            address = f"127.0.0.1:{server.getsockname()[1]}"
            (self.folder / "far.toml").write_text(
                f'name = "far"\ncomponent = "http://{address}/far.wasm"\n')
            yield server, ["far.toml", "--private-host", address]

    def test_ctrl_c_waits_for_no_start(self):
        with self.far() as (server, words):
            process = self.start("run", *words)
            connection, _ = server.accept()
            with connection:
                _, err = self.interrupt(process)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn(b"interrupted while an actor started", err)

    def test_a_closed_output_waits_for_no_start(self):
        with self.far() as (_, words):
            process = self.start("run", self.actor("echo", "echo.wat"), *words, "--json")
            process.stdout.close()
            process.stdout = None
            _, err = process.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(process.returncode, 0, err)
        self.assertNotIn(b"interrupted", err)

    def test_the_first_ctrl_c_says_what_it_waits_for(self):
        process = self.start("run", self.actor("echo", "echo.wat"), "--json")
        self.assertIn(b'"started"', process.stdout.readline())
        _, err = self.interrupt(process)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn(b"interrupted: waiting up to 5 seconds for `echo` to stop; another Ctrl-C kills them", err)


if __name__ == "__main__":
    support.main()
