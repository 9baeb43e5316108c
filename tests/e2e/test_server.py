"""`theater server`: it starts, asks, pauses and ends actors, and keeps them for the next server."""

import signal
import subprocess
import time

import server_case
import support


class Talking(server_case.ServerCase):
    def test_an_actor_is_started_asked_and_stopped(self):
        actor = self.started("counter", "counter.wat")
        self.assertRegex(actor, r"^[0-9a-f]{32}$")
        self.assertEqual(self.theater("request", "counter", "a", exit=0).out, "1\n")
        sent = self.one("send", "counter", "b")["sent"]
        self.assertEqual((sent["actor"], sent["recorded"]), (actor, True))
        self.assertRegex(sent["hash"], r"^[0-9a-f]{64}$")
        self.assertEqual(self.one("request", "counter", "c")["reply"], "3")
        self.assertIn("on record: ", self.theater("send", "counter", "d", exit=0).out)
        self.assertIn(f"counter ({actor[:12]}): stopped",
                      self.theater("stop", "counter", "--wait", exit=0).out)
        ended = self.theater("request", actor, "e", exit=1)
        self.assertRegex(ended.err, "theater: .*(ended|no actor)")

    def test_an_actor_is_named_by_id_beginning_name_and_path(self):
        first = self.started("counter", "counter.wat")
        for word in (first, first[:12], "counter"):
            self.assertEqual(self.one("inspect", word)["id"], first)
        second = self.started("counter", "counter.wat")
        refused = self.theater("send", "counter", "x", exit=1)
        self.assertIn("`counter` may be any of 2 actors", refused.err)
        self.assertIn(first, refused.err)
        self.assertIn(second, refused.err)
        self.assertIn("hint: name the actor by its id", refused.err)
        self.assertEqual(self.one("inspect", "counter")["id"], second)
        self.assertEqual(self.one("inspect", "counter@-1")["id"], first)
        self.theater("request", first, "x", exit=0)
        missing = self.theater("request", "nothing", "x", exit=1)
        self.assertIn("has no actor `nothing`", missing.err)
        self.assertIn("hint: `theater list`", missing.err)

    def test_digits_that_name_two_actors_act_on_neither(self):
        first = self.started("counter", "counter.wat")
        named = self.started("other", "counter.wat", "--name", first[:6])
        for words in (("kill",), ("stop",), ("pause",), ("resume",), ("restart",), ("send", "x"), ("request", "x")):
            refused = self.theater(words[0], first[:6], *words[1:], exit=1)
            self.assertIn(f"`{first[:6]}` may be any of 2 actors", refused.err)
            self.assertIn(first, refused.err)
            self.assertIn(named, refused.err)
        self.assertEqual([self.one("inspect", actor)["state"] for actor in (first, named)], ["Idle", "Idle"])
        self.theater("kill", first, "--wait", exit=0)
        self.theater("kill", first[:6], "--wait", exit=0)
        self.assertEqual(self.one("inspect", named)["state"], "Stopped")

    def test_a_child_named_as_another_actor_or_as_its_id_is_reached_by_its_path_alone(self):
        handlers = ("supervisor", "message-server")
        victim = self.started("victim", "counter.wat")
        self.started("boss", "foreman.wat", handlers=handlers)
        component = self.one("inspect", "boss")["component"]
        entries = "".join(f'[[handler]]\ntype = "{handler}"\n' for handler in handlers)

        def hire(name):
            text = f'name = "{name}"\ncomponent = "sha256:{component}"\n{entries}'
            return self.theater("request", "boss", f"s{text}", exit=0).out.strip()

        namesake, impostor = hire("victim"), hire(victim)
        for word, actor in (("victim", victim), (victim, victim), (victim[:8], victim), ("boss/victim", namesake),
                            (f"boss/{victim}", impostor)):
            self.assertEqual(self.one("inspect", word)["id"], actor)
        self.theater("pause", "victim", exit=0)
        self.assertEqual([self.one("inspect", actor)["state"] for actor in (victim, namesake, impostor)],
                         ["Paused", "Idle", "Idle"])
        self.theater("kill", "boss/victim", "--wait", exit=0)
        self.theater("resume", victim[:8], exit=0)
        self.theater("kill", victim, "--wait", exit=0)
        self.assertEqual([self.one("inspect", actor)["ended"] for actor in (victim, namesake, impostor)],
                         [True, True, False])

    def test_bytes_pass_unchanged(self):
        self.started("echo", "echo.wat")
        data = bytes(range(256))
        (self.folder / "data").write_bytes(data)
        process = self.start("request", "echo", "@data")
        out, _ = process.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(out, data + b"\n")
        self.assertEqual(set(self.one("request", "echo", "@data")["reply"]), {"base64"})
        piped = subprocess.run([support.theater, "request", "echo", "-"], cwd=self.folder, input=data,
                               capture_output=True, env=self.environment(), timeout=support.TIMEOUT_S, check=True)
        self.assertEqual(piped.stdout, data + b"\n")

    def test_a_message_of_no_wait_is_not_on_record(self):
        self.started("counter", "counter.wat")
        self.theater("pause", "counter", exit=0)
        sent = self.one("send", "counter", "x", "--no-wait")["sent"]
        self.assertEqual((sent["recorded"], sent["hash"]), (False, None))
        self.until(lambda: self.one("inspect", "counter")["mailbox"] == 1)

    def test_pause_holds_messages_until_resume(self):
        actor = self.started("counter", "counter.wat")
        self.assertEqual(self.theater("pause", "counter", exit=0).out, f"counter ({actor[:12]}): Paused\n")
        late = self.theater("request", "counter", "x", "--deadline", "50ms", exit=1)
        self.assertRegex(late.err, "theater: .*")
        [listed] = self.theater("list", "--state", "Paused", "--json", exit=0).lines()
        self.assertEqual((listed["id"], listed["state"]), (actor, "Paused"))
        # The late request may still wait, and the actor takes it then.
        self.assertRegex(self.theater("resume", "counter", exit=0).out,
                         rf"^counter \({actor[:12]}\): (Idle|Processing)\n$")
        self.assertRegex(self.theater("request", "counter", "y", exit=0).out, r"^[12]\n$")

    def test_restart_gives_an_actor_a_fresh_instance(self):
        actor = self.started("counter", "counter.wat")
        self.assertEqual(self.theater("request", "counter", "x", exit=0).out, "1\n")
        self.assertEqual(self.theater("restart", "counter", exit=0).out, f"counter ({actor[:12]}): Idle\n")
        self.assertEqual(self.theater("request", "counter", "x", exit=0).out, "1\n")
        self.assertEqual(self.one("restart", "counter", "--force")["restarts"], 2)
        self.theater("kill", "counter", "--wait", exit=0)
        self.assertRegex(self.theater("restart", actor, exit=1).err, "has ended|no living actor")

    def test_kill_ends_an_actor_at_once(self):
        actor = self.started("counter", "counter.wat")
        self.assertEqual(self.one("kill", "counter", "--wait"), {"ended": {"actor": actor, "how": "killed"}})


class Lasting(server_case.ServerCase):
    def test_actors_outlive_their_server(self):
        actor = self.started("counter", "counter.wat", "--name", "front", "--restart", "permanent")
        self.assertEqual(self.theater("request", "front", "a", exit=0).out, "1\n")
        self.end_server()
        self.server = self.start_server()
        self.assertEqual(self.theater("request", "front", "b", exit=0).out, "2\n")
        self.server.kill()
        self.server.wait()
        self.server = self.start_server()
        self.assertEqual(self.theater("request", "front", "c", exit=0).out, "3\n")
        listed = self.one("list")
        self.assertEqual((listed["id"], listed["name"], listed["restart"], listed["state"]),
                         (actor, "front", "permanent", "Idle"))
        self.end_server()
        self.assertTrue(self.theater("verify", exit=0).out.startswith("VALID"))
        self.theater("replay", actor, exit=0)

    def test_a_key_has_a_message_done_once_also_by_the_next_server(self):
        manifest = self.actor("counter", "counter.wat")
        start = ("start", manifest, "--key", "s")
        actor = self.theater(*start, exit=0).out
        send = ("send", "counter", "x", "--key", "k")
        hash_ = self.theater(*send, exit=0).out
        request = ("request", "counter", "x", "--key", "k")
        reply = self.theater(*request, exit=0).out
        for _ in range(2):
            self.assertEqual(self.theater(*start, exit=0).out, actor)
            self.assertEqual(self.theater(*send, exit=0).out, hash_)
            self.assertEqual(self.theater(*request, exit=0).out, reply)
            other = self.theater("request", "counter", "y", "--key", "k")
            self.assertEqual(other.exit, 1)
            self.assertIn("used for another request", other.err)
            self.server.kill()
            self.server.wait()
            self.server = self.start_server()
        self.assertEqual(len(self.theater("list", "--json", exit=0).lines()), 1)
        self.assertEqual(self.theater("request", "counter", "x", exit=0).out, f"{int(reply) + 1}\n")
        self.end_server()
        self.assertTrue(self.theater("verify", exit=0).out.startswith("VALID"))
        self.theater("replay", actor.strip(), exit=0)

    def test_a_request_with_a_key_outlives_the_server_that_had_it(self):
        self.started("counter", "counter.wat")
        self.theater("pause", "counter", exit=0)
        waiting = self.start("request", "counter", "x", "--key", "k")
        self.until(lambda: self.one("inspect", "counter")["mailbox"] == 1)
        self.server.kill()
        self.server.wait()
        self.server = self.start_server()
        self.theater("resume", "counter", exit=0)
        out, err = waiting.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual((waiting.returncode, out), (0, b"1\n"), err)
        self.assertEqual(self.theater("request", "counter", "x", "--key", "k", exit=0).out, "1\n")

    def test_a_close_answers_whoever_waits(self):
        self.started("counter", "counter.wat")
        self.theater("pause", "counter", exit=0)
        waiting = self.start("request", "counter", "x")
        self.until(lambda: self.one("inspect", "counter")["mailbox"] == 1)
        self.end_server()
        _, err = waiting.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(waiting.returncode, 1)
        self.assertIn("the node is closing", err.decode())
        self.server = self.start_server()
        self.assertEqual(self.one("inspect", "counter")["state"], "Paused")

    def seconds_of_a_hurried_close(self):
        """Closes the server by two signals, while an actor is in a call that never returns."""
        waiting = self.start("request", "spinner", "l")
        self.until(lambda: self.one("inspect", "spinner")["state"] == "Processing")
        began = time.monotonic()
        self.server.send_signal(signal.SIGTERM)
        # Two signals at once would be one.
        while b"closing" not in (line := self.server.stderr.readline()):
            self.assertTrue(line, "the server ended without a word")
        self.end_server()
        seconds = time.monotonic() - began
        _, err = waiting.communicate(timeout=support.TIMEOUT_S)
        self.assertIn("the node is closing", err.decode())
        self.server = self.start_server()
        self.assertIn("crash", self.theater("events", "spinner", exit=0).out)
        return seconds

    def test_a_second_signal_waits_for_no_call(self):
        self.started("spinner", "misbehave.wat", text="[limits]\ncall_cpu_ms = 3600000\ncall_wall_ms = 3600000\n")
        # After one signal the server waits ten seconds. A busy machine may need as long once.
        self.assertTrue(any(self.seconds_of_a_hurried_close() < 10 for _ in range(3)))

    def test_a_name_is_taken_once(self):
        self.started("counter", "counter.wat", "--name", "front")
        manifest = self.actor("other", "counter.wat")
        refused = self.theater("start", manifest, "--name", "front", exit=1)
        self.assertIn("front", refused.err)
        self.theater("stop", "front", "--wait", exit=0)
        self.theater("start", manifest, "--name", "front", exit=0)

    def test_a_second_server_names_the_holder(self):
        refused = self.theater("server", exit=1)
        self.assertIn("theater server", refused.err)


if __name__ == "__main__":
    support.main()
