"""What the tests share that need a disk of their own."""

import os
import signal
import subprocess

import support


class DiskCase(support.Case):
    def on_a_disk(self, options, *script):
        """Runs the lines with $disk, a file system of its own; skips the test where that is not allowed."""
        disk = self.folder / "disk"
        disk.mkdir()
        lines = [f'mount -t tmpfs -o {options} none "$disk" || exit 77', *script]
        environment = self.environment({"disk": str(disk), "THEATER_HOME": str(disk / "home"),
                                        "theater": support.theater})
        words = ["unshare", "--map-root-user", "--mount", "bash", "-c", "\n".join(lines)]
        try:
            process = subprocess.Popen(words, cwd=self.folder, env=environment, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True, start_new_session=True)
        except FileNotFoundError:
            self.skipTest("there is no unshare to make a file system with")
        try:
            out, err = process.communicate(timeout=4 * support.TIMEOUT_S)  # A script has many steps.
        finally:
            # All that the script has begun, too, if it hangs.
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        run = subprocess.CompletedProcess(words, process.returncode, out, err)
        if run.returncode == 77 or "unshare:" in run.stderr:
            self.skipTest(f"no file system may be mounted here: {run.stderr.strip()}")
        return run
