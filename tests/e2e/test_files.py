"""The filesystem handler with a real guest: the example file-agent, its grants, and its commands.

Whatever happens here is verified and replayed at the end of each test, with the agent's folder gone.
"""

import ctypes
import json
import os
import pathlib
import re
import resource
import shutil
import signal

import support

EXAMPLE = support.ROOT / "examples" / "file-agent"

# A command that attacks its node, and says what succeeds.
ATTACK = """
import ctypes, os, pathlib, socket, sys
library = ctypes.CDLL(None, use_errno=True)
home = sys.argv[1]
names = [home, home + "/log", home + "/keys", home + "/keys/node.ed25519", home + "/lock"]
def call(*arguments):
    if library.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")
def attempt(attack, *arguments):
    try:
        print(attack.__name__, arguments, attack(*arguments))
    except OSError:
        pass
def fchmodat2(name):
    call(452, -100, ctypes.c_char_p(name.encode()), 0o777, 0)
def fchmod(name):
    os.fchmod(os.open(name, 3), 0o777)
def io_uring():
    call(425, 1, ctypes.create_string_buffer(256))
def unix_socket():
    socket.socket(socket.AF_UNIX)
def capabilities():
    sets = (ctypes.c_uint32 * 6)()
    call(125 if os.uname().machine == "x86_64" else 90, (ctypes.c_uint32 * 2)(0x20080522, 0), sets)
    if not any(sets):
        raise OSError
def read(name):
    return open(name).read()
for name in names:
    for attack in (os.listdir, fchmodat2, fchmod, read):
        attempt(attack, name)
    attempt(os.chmod, name, 0o777)
    attempt(os.utime, name)
for name in ("/etc/shadow", "/etc/hostname", "/etc/hosts"):
    attempt(read, name)
for attack in (io_uring, unix_socket, capabilities):
    attempt(attack)
print("tried")
"""


def has_landlock():
    """Asks the kernel for its version of Landlock, as the wall around commands does."""
    landlock_create_ruleset = 444
    return ctypes.CDLL(None, use_errno=True).syscall(landlock_create_ruleset, None, 0, 1) > 0


class Files(support.Case):
    def setUp(self):
        super().setUp()
        self.agent = self.folder / "agent"
        shutil.copytree(EXAMPLE, self.agent, ignore=shutil.ignore_patterns("build"))
        self.build_cpp(self.agent)
        self.work = self.agent / "work"
        self.give_to_commands(self.work)
        self.home = self.folder / "home"

    def tearDown(self):
        # Before the replay, which must not miss it.
        shutil.rmtree(self.work, ignore_errors=True)
        super().tearDown()

    def words(self, rights, *requests):
        words = ["run", self.agent / "manifest.toml", "--grant", f"filesystem:paths={self.work};{rights}"]
        for request in requests:
            words += ["--request", request]
        return words

    def ask(self, rights, *requests):
        return self.theater(*self.words(rights, *requests), exit=0).out

    def edit(self, old, new):
        path = self.agent / "manifest.toml"
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def test_every_function_and_its_refusals(self):
        out = self.ask("read;write;execute;commands=wc -w *", "report", "read out/report.txt",
                       "copy inbox/first.txt out/copy.txt", "run wc -w inbox/first.txt", "run wc -l inbox/first.txt",
                       "nix make", "read /etc/passwd", "clean", "read out/report.txt")
        lines = out.splitlines()
        self.assertEqual(lines[:5], ["wrote out/report.txt", "first.txt: 9 words, 37 bytes",
                                     "second.txt: 12 words, 62 bytes", "", "copied"])
        if has_landlock():
            self.assertIn("9 inbox/first.txt\nexit code 0\n", out)
        else:
            self.assertIn("the kernel has no Landlock", out)
        place = f"sorry: Permission denied: filesystem:paths={self.work};execute;commands="
        for line, command in zip(lines[-5:-3], ("wc -l inbox/first.txt", "nix develop --command make")):
            wanted = ", ".join(f'"{one}"' for one in sorted([command, "wc -w *"]))
            self.assertEqual(line, (
                f"{place}{command} (the policy lacks it: add --grant 'filesystem:paths={self.work};read;write;"
                f"execute;commands={command}'; the manifest asks for less: write allowed_commands = [{wanted}] in its "
                "handler `filesystem`)"))
        self.assertEqual(lines[-3:], [
            "sorry: `/etc/passwd` is absolute; paths are relative to the folder that the actor was given",
            "clean", "sorry: cannot open out/report.txt: No such file or directory"])

    def test_a_budget_bounds_what_is_written_in_all(self):
        path = self.agent / "manifest.toml"
        path.write_text(path.read_text() + '\n[budget]\nfiles_bytes = "5KiB"\n')
        out = self.ask("read;write;execute;commands=wc -w *", "copy inbox/first.txt copy.txt",
                       "copy inbox/first.txt again.txt")
        self.assertEqual(out.splitlines()[0], "copied")
        self.assertIn("sorry: budget-spent: budget.files_bytes = 5KiB of actor", out)
        self.assertTrue((self.work / "copy.txt").exists())
        self.assertFalse((self.work / "again.txt").exists())

    def test_what_is_not_granted_is_not_done(self):
        missing = self.theater("run", self.agent / "manifest.toml", "--request", "report")
        self.assertNotEqual(missing.exit, 0)
        self.assertIn(f"filesystem:paths={self.work};read;write;execute;commands=wc -w *", missing.err)
        self.edit('allowed_commands = ["wc -w *"]', "")
        add = f"(the policy lacks it: add --grant 'filesystem:paths={self.work};read;write')"
        self.assertEqual(self.ask("read", "report", "read inbox/first.txt"),
                         f"sorry: Permission denied: filesystem:paths={self.work};write {add}\n"
                         "Ask not what the log can do for you.\n\n")
        self.assertFalse((self.work / "out").exists())
        self.assertEqual(self.ask("write", "read inbox/first.txt"),
                         f"sorry: Permission denied: filesystem:paths={self.work};read {add}\n")
        self.assertEqual(self.ask(f"denied={self.work}/inbox/first.txt;read", "read inbox/first.txt"),
                         f"sorry: Permission denied: filesystem:paths={self.work}/inbox/first.txt;read "
                         "(the policy denies that path: take it out of its `denied`)\n")

    def test_an_agent_that_goes_on_has_its_folder_again(self):
        rights = "read;write;execute;commands=wc -w *"
        process = self.start(*self.words(rights))
        self.until_begun("file-agent")
        process.kill()
        process.communicate(timeout=support.TIMEOUT_S)
        self.assertIn("what the log can do", self.ask(rights, "read inbox/first.txt"))
        self.assertEqual(len(self.actors()), 1, "the one that was killed answered")

    def actors(self):
        return self.theater("log", "list", "--json", exit=0).lines()[0]["actors"]

    def test_no_actor_works_in_the_nodes_home(self):
        shutil.copytree(self.work, self.home / "work")
        self.edit('path = "work"', f'path = "{self.home}/work"')
        run = self.theater("run", self.agent / "manifest.toml", "--grant", "filesystem:read;write;execute")
        self.assertNotEqual(run.exit, 0)
        self.assertIn("no actor may reach that", run.err)

    def test_a_folder_of_its_own_is_kept_only_if_asked(self):
        self.edit('path = "work"', "new_dir = true")
        grant = ["--grant", "filesystem:read;write;execute;new-dir"]
        run = ["run", self.agent / "manifest.toml", *grant, "--request", "read mine", "--request", "copy none mine"]
        self.theater(*run, exit=0)
        self.assertEqual(len(list((self.home / "dirs").iterdir())), 1)
        self.edit("new_dir = true", "new_dir = true\nkeep_dir = false")
        self.theater(*run, exit=0)
        self.assertEqual(len(list((self.home / "dirs").iterdir())), 1)

    def test_the_folder_that_a_manifest_names_is_made_and_goes_only_if_asked(self):
        self.edit('path = "work"', 'path = "data"\nnew_dir = true')
        data = self.agent / "data"
        grant = f"filesystem:paths={data};read;write;execute;commands=wc -w *;new-dir"
        run = ["run", self.agent / "manifest.toml", "--grant", grant]
        # Without the right to it, none is made.
        refused = self.theater(*run[:-1], grant.replace(";new-dir", ""), exit=1)
        self.assertIn("filesystem: new-dir", refused.err)
        self.assertFalse(data.exists())
        self.theater(*run, "--request", "read mine", exit=0)
        self.assertTrue(data.is_dir())
        # One that is there is used, and never goes.
        self.edit("new_dir = true", "new_dir = true\nkeep_dir = false")
        self.theater(*run, "--request", "read mine", exit=0)
        self.assertTrue(data.is_dir())
        data.rmdir()
        self.theater(*run, "--request", "read mine", exit=0)
        self.assertFalse(data.exists())

    def test_the_folder_that_a_manifest_names_outlasts_a_crash_but_not_its_actor(self):
        self.edit('path = "work"', 'path = "data"\nnew_dir = true\nkeep_dir = false')
        data = self.agent / "data"
        run = ["run", self.agent / "manifest.toml", "--grant",
               f"filesystem:paths={data};read;write;execute;commands=wc -w *;new-dir"]
        process = self.start(*run)
        self.until_begun("file-agent")
        self.assertTrue(data.exists())
        process.kill()
        process.communicate(timeout=support.TIMEOUT_S)
        (data / "mine").write_text("still there\n")
        self.assertEqual(self.theater(*run, "--request", "read mine", exit=0).out, "still there\n\n")
        self.assertEqual(len(self.actors()), 1, "the one that was killed answered")
        self.assertFalse(data.exists())

    def test_a_node_may_open_more_files_than_it_was_allowed_at_first(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        process = self.start(*self.words("read;write;execute;commands=wc -w *"), "--json",
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard)))
        self.assertIn(b"started", process.stdout.readline())
        limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=support.TIMEOUT_S)
        self.assertRegex(limits, rf"(?m)^Max open files +{hard} +{hard} ")

    def test_a_command_reaches_neither_the_home_nor_the_machine(self):
        if not has_landlock():
            self.skipTest("this kernel has no Landlock, so no command is run")
        self.edit('"wc -w *"', '"python3 *"')
        (self.work / "attack.py").write_text(ATTACK)
        out = self.ask("read;write;execute", f"run python3 -I attack.py {self.home}")
        self.assertEqual(out, "tried\nexit code 0\n")

    def test_a_node_that_is_root_runs_commands_as_another_user(self):
        if os.geteuid() != 0:
            self.skipTest("only a node that is root runs commands as other users")
        if not has_landlock():
            self.skipTest("this kernel has no Landlock, so no command is run")
        self.edit('"wc -w *"', '"*"')
        self.assertTrue(self.ask("read;write;execute", "run id -un").startswith("nobody\n"))
        os.chown(self.work, 0, 0)
        out = self.ask("read;write;execute", "run id -un")
        self.assertIn(f"commands never run as root, and the node is root and the folder {self.work} belongs to root", out)
        self.assertIn('run_as = "USER" below [commands]', out)
        policy = self.folder / "policy.toml"
        policy.write_text('[commands]\nrun_as = "nobody"\n')
        words = [*self.words("read;write;execute", "run id -un", "run wc -w inbox/first.txt"), "--policy", policy]
        out = self.theater(*words, exit=0).out
        self.assertIn("nobody\n", out)
        self.assertIn("9 inbox/first.txt\n", out)
        # The folder that a node makes for an actor is the user's too.
        self.edit('path = "work"', "new_dir = true")
        words = ["run", self.agent / "manifest.toml", "--grant", "filesystem:read;write;execute;new-dir",
                 "--policy", policy, "--request", "run touch made", "--request", "run chmod 640 made",
                 "--request", "run stat -c %U,%a made"]
        self.assertIn("nobody,640\n", self.theater(*words, exit=0).out)
        policy.write_text('[commands]\nrun_as = "no-such-user"\n')
        run = self.theater(*words)
        self.assertNotEqual(run.exit, 0)
        self.assertIn("policy.toml:2:10: `run_as` in [commands]: this machine has no user `no-such-user`", run.err)

    def test_a_command_ends_with_its_node(self):
        if not has_landlock():
            self.skipTest("this kernel has no Landlock, so no command is run")
        self.edit('"wc -w *"', '"python3 *"')
        (self.work / "wait.py").write_text(
            "import subprocess, sys, time\n"
            "child = subprocess.Popen(['sleep', sys.argv[1]])\n"
            "open('begun', 'w').write('yes')\n"
            "time.sleep(1000)\n")
        # In a namespace a process has another number than outside, so the test knows both by a word.
        word = f"1000.{os.getpid()}"

        def having(*words):
            found = []
            for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    has = entry.read_bytes().split(b"\0")
                except OSError:
                    continue  # It has ended meanwhile.
                if all(one.encode() in has for one in words):
                    found.append(int(entry.parent.name))
            return found

        for sent in (signal.SIGTERM, signal.SIGKILL):
            process = self.start(*self.words("read;write;execute", f"run python3 -I wait.py {word}"))
            begun = self.work / "begun"
            self.until(begun.exists)
            self.assertTrue(having("wait.py", word) and having("sleep", word))
            # Without a checkpoint over all of it there is no proof at the end, and a node that is killed signs none.
            self.until(lambda: self.theater("verify").exit == 0)
            process.send_signal(sent)
            process.communicate(timeout=support.TIMEOUT_S)
            self.until(lambda: not having("wait.py", word))
            if sent == signal.SIGTERM or self.has_namespaces():
                self.until(lambda: not having("sleep", word))
            for left in having("sleep", word):
                # Without namespaces what the program has started may live on then: the handler's page says so.
                os.kill(left, signal.SIGKILL)
            begun.unlink()

    def has_namespaces(self):
        return "namespaces" in json.loads(self.theater("doctor", "--json").out)["sandbox"]["level"]


if __name__ == "__main__":
    support.main()
