"""What the tests share that need a disk of their own."""

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
        try:
            run = subprocess.run(["unshare", "--map-root-user", "--mount", "bash", "-c", "\n".join(lines)],
                                 cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
                                 timeout=4 * support.TIMEOUT_S)  # A script has many steps.
        except FileNotFoundError:
            self.skipTest("there is no unshare to make a file system with")
        if run.returncode == 77 or "unshare:" in run.stderr:
            self.skipTest(f"no file system may be mounted here: {run.stderr.strip()}")
        return run
