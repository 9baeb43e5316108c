"""How a server begins and ends: what it tells its supervisor, TLS, a shut-down by the API, and full disks."""

import collections
import json
import signal
import socket
import ssl
import subprocess

import disk_case
import server_case
import support

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")
NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"


class Supervised(support.Case):
    def notices_of(self, server, manager, until):
        """What the server says up to the notice that begins with `until`."""
        notices = []
        while not notices or not notices[-1].startswith(until):
            self.assertIsNone(server.poll(), notices)
            notices.append(manager.recv(4096).decode())
        return notices

    def test_a_supervisor_hears_that_the_server_is_ready_alive_and_stopping(self):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.settimeout(support.TIMEOUT_S)
        manager.bind(str(self.folder / "notify"))
        server = self.start("server", env={"NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": "100000"})
        try:
            begun = self.notices_of(server, manager, "READY=1")
            self.assertEqual(begun, [f"READY=1\nSTATUS=unix:{self.folder}/home/theater.sock"])
            # It answers as soon as it says so.
            self.assertTrue(self.theater("node", "--json", exit=0).lines()[0]["ready"])
            for _ in range(5):
                self.assertEqual(self.notices_of(server, manager, "WATCHDOG=1")[-1], "WATCHDOG=1")
        finally:
            server.send_signal(signal.SIGTERM)
            out, err = server.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(server.returncode, 0, out + err)
        manager.setblocking(False)
        last = []
        with self.assertRaises(BlockingIOError):
            while True:
                last.append(manager.recv(4096).decode())
        self.assertEqual([notice for notice in last if notice != "WATCHDOG=1"], ["STOPPING=1"])


class ShutDown(server_case.ServerCase):
    def test_the_api_closes_the_server_in_order(self):
        actor = self.started("counter", "counter.wat")
        self.assertEqual(self.theater("request", "counter", "x", exit=0).out, "1\n")
        status, _, body = self.answer("POST", "/v1/shutdown")
        self.assertEqual((status, json.loads(body)), (202, {"closing": True}))
        server, self.server = self.server, None
        out, err = server.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(server.returncode, 0, out + err)
        self.assertIn(b"closing", err)
        self.server = self.start_server()
        self.assertEqual(self.theater("request", actor, "x", exit=0).out, "2\n")

    def test_a_server_that_resumes_is_ready_when_its_actors_are(self):
        self.started("counter", "counter.wat")
        self.server.kill()
        self.server.wait()
        # From the first connection on: 503 or 200, and after 200 every request finds its actor.
        self.server = self.start("server")
        self.addCleanup(self.forget, self.server)

        def readiness():
            try:
                return self.answer("GET", "/readyz")[0]
            except OSError:
                return None

        seen = []
        self.until(lambda: seen.append(readiness()) or seen[-1] == 200)
        self.assertLessEqual(set(seen), {None, 503, 200})
        self.assertEqual(self.theater("request", "counter", "x", exit=0).out, "1\n")


class Encrypted(server_case.ServerCase):
    def certificate(self, name):
        """The files of a certificate and its key, which is its own authority."""
        files = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", *KEY, "-keyout", files[1], "-out", files[0], "-days", "2",
                        "-subj", "/CN=localhost", "-addext", NAMES], check=True, capture_output=True,
                       timeout=support.TIMEOUT_S)
        return files

    def setUp(self):
        super().setUp()
        self.end_server()
        self.certificate_file, self.key_file = self.certificate("server")
        self.token = self.theater("token", "new", "--scope", "operate", "--name", "far", exit=0).out.strip()

    def listen(self, address="127.0.0.1:0"):
        self.server = self.start_server("--listen", address, "--tls-cert", self.certificate_file,
                                        "--tls-key", self.key_file)
        return [self.server.stdout.readline().decode().split()[-1] for _ in range(2)][-1]

    def far(self, url, *words, **options):
        variables = {"THEATER_TOKEN": self.token, "SSL_CERT_FILE": str(self.certificate_file)}
        return self.theater(*words, "--server", url, env=variables, **options)

    def test_every_command_works_over_https(self):
        url = self.listen()
        self.assertRegex(url, r"^https://127\.0\.0\.1:\d+$")
        manifest = self.actor("counter", "counter.wat")
        actor = self.far(url, "start", manifest, exit=0).out.strip()
        by_name = url.replace("127.0.0.1", "localhost")
        self.assertEqual(self.far(by_name, "request", "counter", "x", exit=0).out, "1\n")
        self.assertEqual(self.far(url, "list", "--json", exit=0).lines()[0]["id"], actor)
        self.far(url, "stop", "counter", "--wait", exit=0)
        events = self.far(url, "events", actor, "--follow", "--json", exit=0).lines()
        self.assertEqual(events[-1]["event"]["type"], "theater-runtime/terminated")
        # The socket of the owner stays as it is.
        self.assertEqual(len(self.theater("list", "--json", exit=0).lines()), 1)

    def test_other_machines_may_be_let_in_with_tls(self):
        url = self.listen("0.0.0.0:0")
        self.assertEqual(self.far(url.replace("0.0.0.0", "127.0.0.1"), "node", exit=0).exit, 0)

    def test_a_client_sends_no_token_to_a_server_that_it_cannot_trust(self):
        url = self.listen()
        other, _ = self.certificate("other")
        for authority in (other, self.folder / "none"):
            refused = self.theater("node", "--server", url, exit=1,
                                   env={"THEATER_TOKEN": self.token, "SSL_CERT_FILE": str(authority)})
            self.assertIn("certificate", refused.err)
        # The server has heard nobody.
        self.assertEqual(self.one("node")["refused"], {"authentication": 0, "permission": 0})

    def test_what_is_no_tls_gets_no_answer_and_harms_no_one(self):
        url = self.listen()
        host, port = url.removeprefix("https://").split(":")
        for bytes_ in (b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n", bytes(range(256)) * 40, b"\x16\x03\x01"):
            with socket.create_connection((host, int(port)), timeout=support.TIMEOUT_S) as connection:
                connection.sendall(bytes_)
                connection.shutdown(socket.SHUT_WR)
                answer = b""
                try:
                    while more := connection.recv(4096):
                        answer += more
                except ConnectionError:
                    pass
                self.assertNotIn(b"HTTP/", answer)
        context = ssl.create_default_context(cafile=str(self.certificate_file))
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with context.wrap_socket(socket.create_connection((host, int(port)), timeout=support.TIMEOUT_S),
                                 server_hostname="localhost") as connection:
            connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = b""
            while more := connection.recv(4096):
                answer += more
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)

    def test_wrong_files_are_named_before_the_server_is_up(self):
        other, _ = self.certificate("other")
        (self.folder / "text").write_text("no key")
        for certificate, key, named in (("gone.pem", self.key_file, "gone.pem"),
                                        (other, self.key_file, "key"), (self.folder / "text", self.key_file, "")):
            refused = self.theater("server", "--listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key)
            self.assertIn(refused.exit, (1, 2), str(refused))
            self.assertIn(named, refused.err)
            self.assertNotIn("listening", refused.out)
        alone = self.theater("server", "--tls-cert", self.certificate_file, exit=2)
        self.assertIn("--tls-cert and --tls-key belong together", alone.err)
        self.server = self.start_server()


# The server writes to the disk; `ask PATH` prints the status of an answer, whose body is in the file `answer`.
SERVING = """
server=
serve() {
  "$theater" server --policy policy.toml >>out 2>>error & server=$!
  for i in $(seq 1200); do
    [[ $(ask /readyz) == 200 ]] && return
    kill -0 $server || return
    sleep 0.1
  done
}
ask() {
  curl -s --noproxy '*' -m 100 -o answer -w '%{http_code}' --unix-socket "$disk/home/theater.sock" "http://t$1" "${@:2}"
}
end() { kill -TERM $server; wait $server; echo "exit $?"; }
"""


class FullDisk(disk_case.DiskCase):
    # The home is on the disk, which goes with the script.
    keeps_the_record = False

    def said(self, run):
        """The lines `NAME WORDS` of the script, by their names."""
        words = [line.split(" ", 1) for line in run.stdout.splitlines() if " " in line]
        said = collections.defaultdict(list)
        for name, rest in words:
            said[name].append(rest)
        return said

    def test_a_log_without_room_stops_the_node_until_a_restart(self):
        echo = self.actor("echo", self.roomy_echo())
        (self.folder / "policy.toml").write_text('min-free-bytes = "0"\n')
        run = self.on_a_disk(
            "size=48m", SERVING, "serve", f'actor=$("$theater" start {echo})', 'echo "before $("$theater" request $actor x)"',
            'head -c 64m /dev/zero >"$disk/filler" 2>/dev/null', "head -c 1m /dev/urandom >body",
            'for i in $(seq 20); do', '  status=$(ask /v1/actors/$actor/request --data-binary @body)',
            '  [[ $status == 200 ]] || break', "done", 'echo "filled $status"', 'echo "why $(cat answer)"',
            'echo "ready $(ask /readyz) $(cat answer)"', 'echo "healthy $(ask /healthz)"',
            'echo "listed $(ask /v1/actors)"', 'echo "request $(ask /v1/actors/$actor/request -d x)"',
            f'"$theater" start {echo} >/dev/null 2>started; echo "start $?"',
            # Room alone does not bring back what may be lost.
            'rm "$disk/filler"', 'echo "ready $(ask /readyz) $(cat answer)"', "end",
            "serve", 'echo "ready $(ask /readyz)"', 'echo "after $("$theater" request $actor y)"', "end",
            '"$theater" verify >verified; echo "verify $?"', "cat error >&2")
        said = self.said(run)
        everything = run.stdout + run.stderr
        self.assertEqual(said["before"], ["x"], everything)
        self.assertRegex(said["filled"][0], "^5..$", everything)
        self.assertIn("No space left on device", said["why"][0])
        self.assertEqual([line[:3] for line in said["ready"]], ["503", "503", "200"], everything)
        self.assertIn("cannot write its log", said["ready"][0])
        self.assertEqual((said["healthy"], said["listed"]), (["200"], ["200"]), everything)
        self.assertRegex(said["request"][0], "^5..$", everything)
        self.assertEqual(said["start"], ["1"], everything)
        self.assertEqual(said["exit"], ["1", "0"], everything)
        self.assertEqual((said["after"], said["verify"]), (["y"], ["0"]), everything)
        self.assertIn("hint: make room on that file system", run.stderr)

    def test_below_the_floor_guests_wait_and_clients_are_served(self):
        echo = self.actor("echo", "echo.wat")
        quick = self.actor("quick", "echo.wat", '[log]\ndurability = "memory"\n')
        boss = self.actor("boss", "foreman.wat", handlers=("supervisor", "message-server"))
        (self.folder / "policy.toml").write_text('min-free-bytes = "200MiB"\n')
        leave = "leave() { mount -o remount,size=$(($(df --output=used -k \"$disk\" | tail -n1) + $1 * 1024))k \"$disk\"; }"
        run = self.on_a_disk(
            "size=1g", SERVING, leave, "serve",
            *(f'{name}=$("$theater" start {manifest})' for name, manifest in
              (("echo", echo), ("quick", quick), ("boss", boss))),
            'component=$("$theater" inspect $echo --json | python3 -c "import json, sys; print(json.load(sys.stdin)[\'component\'])")',
            'child="s$(printf \'name = "kid"\\ncomponent = "sha256:%s"\\n\' $component)"',
            'echo "spawned $("$theater" request $boss "$child")"',
            # Below the floor: what may fill the disk is refused, the rest runs.
            "leave 150",
            'for i in $(seq 300); do', '  low=$("$theater" request $boss "$child")', '  [[ $low == disk-full* ]] && break',
            '  sleep 0.1', "done", 'echo "low $low"', 'echo "talks $("$theater" request $echo low)"',
            # Below half of it: guests with a log wait, all others and the server do not.
            "leave 50",
            # The node measures its disk when a guest would fill it.
            'for i in $(seq 300); do', '  timeout 5 "$theater" request $boss "$child" >/dev/null 2>&1',
            '  timeout 5 "$theater" request $echo more >/dev/null 2>&1', '  (($? == 124)) && break', "done",
            '"$theater" request $echo late >late 2>&1 & asking=$!',
            'echo "memory $("$theater" request $quick none)"', 'echo "ready $(ask /readyz)"',
            'echo "listed $(ask /v1/actors)"', 'echo "shown $(ask /v1/actors/$echo) $(ask /v1/actors/$echo/events)"',
            '"$theater" stop $boss --wait; echo "stopped $?"',
            'kill -0 $asking && echo "waits yes"',
            # With room again it runs by itself.
            'mount -o remount,size=1g "$disk"', 'wait $asking; echo "asked $?"', 'echo "late $(cat late)"', "end",
            '"$theater" verify >verified; echo "verify $?"', "cat error >&2")
        said = self.said(run)
        everything = run.stdout + run.stderr
        self.assertRegex(said["spawned"][0], "^[0-9a-f]{32}$", everything)
        self.assertRegex(said["low"][0], "^disk-full: .* less than min-free-bytes = 200MiB", everything)
        self.assertEqual((said["talks"], said["memory"], said["ready"]), (["low"], ["none"], ["200"]), everything)
        self.assertEqual((said["listed"], said["shown"], said["stopped"]), (["200"], ["200 200"], ["0"]), everything)
        self.assertEqual((said["waits"], said["asked"], said["late"]), (["yes"], ["0"], ["late"]), everything)
        self.assertEqual((said["exit"], said["verify"]), (["0"], ["0"]), everything)


if __name__ == "__main__":
    support.main()
