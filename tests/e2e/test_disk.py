"""What the disk does to a node, and what may be done to the disk while a node runs."""

import shutil
import subprocess

import disk_case
import support

COPY_LOG = support.ROOT / "tools" / "copy-log"


def files_below(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Disk(disk_case.DiskCase):
    def home(self):
        return self.folder / "home"

    def test_a_home_has_one_node_at_a_time(self):
        counter = self.actor("counter", "counter.wat")
        first = self.start("run", counter, *["--request", "c"] * 2000, "--json")
        while b'"reply"' not in first.stdout.readline():
            pass
        second = self.theater("run", counter, "--request", "c", exit=1)
        self.assertIn(str(first.pid), second.err)
        out, err = first.communicate(timeout=support.TIMEOUT_S)
        self.assertEqual(first.returncode, 0, err)
        self.assertEqual(out.count(b'"reply"'), 1999, "the second has changed nothing for the first")
        self.theater("run", counter, "--request", "c", exit=0)

    def test_a_full_disk_at_the_start_is_named_and_room_is_all_it_takes(self):
        counter = self.actor("counter", "counter.wat")
        run = self.on_a_disk("size=200k", f'"$theater" run {counter} --request c; echo "exit $?"',
                             'mount -o remount,size=64m "$disk"',
                             f'"$theater" run {counter} --request c; echo "exit $?"',
                             '"$theater" verify; echo "exit $?"')
        self.assertEqual([line for line in run.stdout.splitlines() if line.startswith("exit")],
                         ["exit 1", "exit 0", "exit 0"], run.stdout + run.stderr)
        self.assertIn("No space left on device", run.stderr)
        self.assertIn("0000000000.segment", run.stderr)
        self.assertIn("hint: make room on that file system", run.stderr)

    def test_without_room_guests_wait_and_go_on_when_there_is_some(self):
        counter = self.actor("counter", "counter.wat")
        (self.folder / "policy.toml").write_text('min-free-bytes = "200MiB"\n')
        run = self.on_a_disk("size=64m", f'"$theater" run {counter} --policy policy.toml --request c 2>error & run=$!',
                             'for i in $(seq 1200); do grep -q "waits: disk-full" error && break; sleep 0.1; done',
                             'kill -0 $run && echo waits', 'mount -o remount,size=512m "$disk"',
                             'wait $run; echo "exit $?"; cat error >&2', '"$theater" verify; echo "exit $?"')
        self.assertEqual([line for line in run.stdout.splitlines() if line.startswith(("exit", "waits", "1"))],
                         ["waits", "1", "exit 0", "exit 0"], run.stdout + run.stderr)
        self.assertIn("less than min-free-bytes = 200MiB", run.stderr)

    def test_a_disk_that_may_not_be_written_is_named(self):
        counter = self.actor("counter", "counter.wat")
        run = self.on_a_disk("size=64m", f'"$theater" run {counter} --request c >/dev/null',
                             'mount -o remount,ro "$disk"',
                             f'"$theater" run {counter} --request c; echo "exit $?"',
                             '"$theater" verify; echo "exit $?"')
        self.assertEqual([line for line in run.stdout.splitlines() if line.startswith("exit")],
                         ["exit 1", "exit 0"], run.stdout + run.stderr)
        self.assertIn("Read-only file system", run.stderr)

    def test_a_log_is_copied_while_it_is_written(self):
        counter = self.actor("counter", "counter.wat")
        process = self.start("run", counter, *["--request", "c"] * 2000, "--json")
        for _ in range(10):
            process.stdout.readline()
        copies = []
        while process.poll() is None and len(copies) < 12:
            copy = self.folder / f"copy-{len(copies)}"
            subprocess.run([COPY_LOG, self.home(), copy], check=True, timeout=support.TIMEOUT_S)
            copies.append(copy)
            for _ in range(100):
                process.stdout.readline()
        process.communicate(timeout=support.TIMEOUT_S)
        self.assertGreater(len(copies), 1)
        sizes = []
        for copy in copies:
            report = self.theater("verify", "--home", copy, "--json").lines()[0]
            # A torn end is what the newest segment may have; whatever the checkpoint says is there.
            self.assertIn(report["verdict"], ("VALID", "UNVERIFIABLE"), report)
            sizes.append(report["events"])
            # It opens, with a key that was kept elsewhere, and goes on.
            shutil.copytree(self.home() / "keys", copy / "keys")
            self.theater("run", counter, "--request", "c", env={"THEATER_HOME": str(copy)}, exit=0)
            self.assertIn(self.theater("verify", "--home", copy).exit, (0, 3))
        self.assertEqual(sizes, sorted(sizes))
        self.assertLess(sizes[0], sizes[-1])

    def test_a_damaged_log_is_refused_and_kept_when_the_damage_is_accepted(self):
        counter = self.actor("counter", "counter.wat")
        for _ in range(3):
            self.theater("run", counter, *["--request", "c"] * 3, exit=0)
        checkpoint = (self.home() / "log" / "checkpoint").read_text().splitlines()
        segment = self.home() / "log" / "segments" / "0000000000.segment"
        data = bytearray(segment.read_bytes())
        data[400] ^= 1
        segment.write_bytes(data)
        before = files_below(self.home() / "log")

        refused = self.theater("run", counter, "--request", "c", exit=1)
        self.assertIn("offset ", refused.err)
        self.assertIn("theater run --accept-damage", refused.err)
        self.assertEqual(files_below(self.home() / "log"), before)

        accepted = self.theater("run", counter, "--request", "c", "--accept-damage", exit=0)
        self.assertEqual(accepted.out.split(), ["1"], "it began anew")
        self.assertIn(str(self.home() / "damaged" / "1"), accepted.err)
        self.assertIn(checkpoint[0], accepted.err)
        self.assertEqual(files_below(self.home() / "damaged" / "1"), before)
        self.theater("verify", exit=0)
        self.theater("verify", self.home() / "damaged" / "1", exit=1)
        node = self.theater("log", "list", "--json").lines()[0]["node"]["id"]
        shown = self.theater("log", "show", node, "--json", exit=0).out
        self.assertIn("damage-accepted", shown)
        self.assertIn(checkpoint[0], shown)

        # Nothing is wrong any more.
        again = self.theater("run", counter, "--request", "c", "--accept-damage", exit=0)
        self.assertIn("which stays as it is", again.err)
        self.assertFalse((self.home() / "damaged" / "2").exists())


if __name__ == "__main__":
    support.main()
