#!/usr/bin/env python3
"""What clients of an actor's HTTP server see: wrk and h2load against the real program.

    bench/http_in/http_in.py THEATER [FOLDER]    the program; where homes are made

The server has the last processor to itself, with all its threads, and the load has the others, if there are more; `pinned`
says so. For `instances` both have all processors. Prints JSON lines, as the other benchmarks do. Exit status 77 says
what is missing here.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
QUICK = "THEATER_BENCH_QUICK" in os.environ
RUNS = 1 if QUICK else 5
SECONDS = 1 if QUICK else 3
CONNECTIONS = 64
# h2load sends what is due on a connection each 10 ms, from the moment when it connected. If all connect at once, the p99 is
# that of the last request of a burst of all connections. If they connect one after the other within those 10 ms, they are
# more like clients who know nothing of each other.
H2LOAD_PERIOD_MS = 10
STARTS = ("spread", "together")
BARE_WRITES = 20 if QUICK else 300
BARE_BYTES = 256
COMPUTE_S = 0.001
COMPUTE_CONNECTIONS = 8
PROCESSORS = sorted(os.sched_getaffinity(0))
PINNED = len(PROCESSORS) > 1
SERVER, LOAD = (PROCESSORS[-1:], PROCESSORS[:-1]) if PINNED else (PROCESSORS, PROCESSORS)


def missing(what):
    print(f"http_in: {what}", file=sys.stderr)
    sys.exit(77)


def run(words, processors=None, **options):
    """The output of a program that ends."""
    place = (lambda: os.sched_setaffinity(0, processors)) if processors else None
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, preexec_fn=place,
                          **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def wait_until_open(port):
    for _ in range(1000):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    sys.exit(f"nothing listens on port {port}")


class Program:
    """A server in a process of its own."""

    def __init__(self, words, processors, **options):
        self.process = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        preexec_fn=lambda: os.sched_setaffinity(0, processors), **options)

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()


class Node:
    """A `theater server` in an empty home, and the actors that it starts."""

    def __init__(self, theater, component, below, processors):
        self.theater = theater
        self.component = component
        self.folder = Path(tempfile.mkdtemp(prefix="http-in-", dir=below))
        self.environment = {**os.environ, "THEATER_HOME": str(self.folder / "home")}
        self.program = Program([theater, "server", "--grant", "http-framework:ports=*",
                                "--log-level", "error"], processors, env=self.environment)
        for _ in range(1000):
            if subprocess.run([theater, "node"], env=self.environment, capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.01)

    def start(self, name, durability, instances=1):
        """Starts an actor, and returns its port."""
        port = free_port()
        manifest = self.folder / f"{name}.toml"
        pool = f"[http]\ninstances = {instances}\n" if instances > 1 else ""
        manifest.write_text(f'name = "{name}"\ncomponent = "{self.component}"\n[[handler]]\ntype = "http-framework"\n'
                            f'[[handler]]\ntype = "supervisor"\n[log]\ndurability = "{durability}"\n{pool}')
        run([self.theater, "start", manifest, "--init", json.dumps({"port": port})], env=self.environment)
        wait_until_open(port)
        return port

    def end(self):
        self.program.end()
        shutil.rmtree(self.folder, ignore_errors=True)


def rate(port, path="/", connections=CONNECTIONS, processors=LOAD):
    """Requests a second of wrk."""
    out = run(["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", f"http://127.0.0.1:{port}{path}"], processors)
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(f"wrk: {out}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])


def p99_us(port, per_second, start):
    """The p99 of h2load's requests at that rate, and the rate that it reached."""
    each = max(1, round(per_second / CONNECTIONS))
    duration = [f"-D{SECONDS}"]
    if start == "spread":
        in_a_ms = -(-CONNECTIONS // max(H2LOAD_PERIOD_MS, 1000 // each))
        duration = [f"-n{each * CONNECTIONS * SECONDS}", f"-r{in_a_ms}", "--rate-period=1ms"]
    with tempfile.NamedTemporaryFile("r") as log:
        run(["h2load", "--h1", "-t1", f"-c{CONNECTIONS}", f"--rps={each}", *duration, f"--log-file={log.name}",
             f"http://127.0.0.1:{port}/"], LOAD)
        # When each began, its status, and how long it took.
        requests = sorted((int(began), int(took)) for began, _, took in (line.split("\t") for line in log))
    times = sorted(took for _, took in requests)
    seconds = (requests[-1][0] - requests[0][0]) / 1e6
    return times[len(times) * 99 // 100], len(times) / seconds


def bare_p99_us(folder):
    """The p99 of a group of an event's size that is written and synced."""
    times = []
    with open(folder / "bare", "wb", buffering=0) as file:
        file.write(bytes(BARE_BYTES * BARE_WRITES))
        os.fsync(file.fileno())
        for at in range(BARE_WRITES):
            begin = time.perf_counter()
            os.pwrite(file.fileno(), b"x" * BARE_BYTES, at * BARE_BYTES)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - begin) * 1e6)
    return sorted(times)[len(times) * 99 // 100]


def show(bench, values, unit, highest=True, **facts):
    values = sorted(values, reverse=highest)
    figure = {"bench": bench, "value": values[0], "median": values[len(values) // 2], "worst": values[-1], "unit": unit}
    print(json.dumps({**{key: round(value, 4) if isinstance(value, float) else value for key, value in figure.items()},
                      **facts, "pinned": PINNED}), flush=True)


def timed(program, measure):
    """A rate, and the processor time of the server for each request, in microseconds."""
    before, begin = program.cpu_seconds(), time.monotonic()
    per_second = measure()
    spent = time.monotonic() - begin
    return per_second, (program.cpu_seconds() - before) / (per_second * spent) * 1e6


def measure_hello(theater, component, below, workerd):
    """http.in.hello.*, by turns, and then http.in.p99.* at half of what was reached."""
    node = Node(theater, component, below, SERVER)
    servers = {}
    try:
        for durability in ("memory", "sync"):
            servers[durability] = (node.program, node.start(f"hello-{durability}", durability))
        if workerd:
            port = free_port()
            servers["workerd"] = (Program([workerd, "serve", HERE / "workerd.capnp",
                                           f"--socket-addr=http=127.0.0.1:{port}"], SERVER), port)
            wait_until_open(port)
        reached = {name: [] for name in servers}
        for _ in range(RUNS):
            for name, (program, port) in servers.items():
                reached[name].append(timed(program, lambda: rate(port)))  # pylint: disable=cell-var-from-loop
        for name, runs in reached.items():
            show(f"http.in.hello.{name}", [per_second for per_second, _ in runs], "requests/s", connections=CONNECTIONS,
                 cpu_us=round(min(cpu for _, cpu in runs), 2))
        times = {(name, start): [] for name in servers for start in STARTS}
        bare = []
        for _ in range(RUNS):
            bare.append(bare_p99_us(node.folder))
            for (name, start), runs in times.items():
                half = sorted(per_second for per_second, _ in reached[name])[RUNS // 2] / 2
                runs.append((*p99_us(servers[name][1], half, start), half))
        for (name, start), runs in times.items():
            show(f"http.in.p99.{name}.{start}", [time for time, _, _ in runs], "us", highest=False,
                 connections=CONNECTIONS, asked_per_s=round(runs[0][2]),
                 reached_per_s=round(max(per_second for _, per_second, _ in runs)))
        show("http.in.p99.bare", bare, "us", highest=False, bytes=BARE_BYTES)
    finally:
        if "workerd" in servers:
            servers["workerd"][0].end()
        node.end()


def rounds_of_compute(port):
    """How many rounds of the guest take COMPUTE_S in a request of its own, above an empty one."""
    def seconds(rounds):
        times = []
        with socket.create_connection(("127.0.0.1", port)) as client:
            for _ in range(5 if QUICK else 50):
                begin = time.perf_counter()
                client.sendall(f"GET /compute/{rounds} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                client.recv(4096)
                times.append(time.perf_counter() - begin)
        return min(times)

    many = 1_000_000
    return round(many * COMPUTE_S / (seconds(many) - seconds(0)))


def measure_instances(theater, component, below):
    """http.in.instances.N: requests that compute a millisecond; the load is on the same processors."""
    node = Node(theater, component, below, PROCESSORS)
    try:
        ports = {count: node.start(f"pool-{count}", "memory", count) for count in (1, 2)}
        path = f"/compute/{rounds_of_compute(ports[1])}"
        reached = {count: [] for count in ports}
        for _ in range(RUNS):
            for count, port in ports.items():
                reached[count].append(rate(port, path, COMPUTE_CONNECTIONS, PROCESSORS))
        for count, values in reached.items():
            show(f"http.in.instances.{count}", values, "requests/s", connections=COMPUTE_CONNECTIONS,
                 processors=len(PROCESSORS))
        show("http.in.instances", [two / one for one, two in zip(*reached.values())], "ratio")
    finally:
        node.end()


def main():
    theater = Path(sys.argv[1]).resolve()
    below = Path(sys.argv[2] if len(sys.argv) > 2 else ".").resolve()
    for program in ("wrk", "h2load"):
        if shutil.which(program) is None:
            missing(f"{program} is not here: `tools/setup --bench` installs it")
    cache = Path(os.environ.get("THEATER_CACHE_DIR", Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "theater"))
    workerd = cache / "workerd" / "node_modules" / ".bin" / "workerd"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        shutil.copy(HERE / "hello.cpp", source)
        (source / "manifest.toml").write_text('name = "hello"\ncomponent = "build/hello.wasm"\n[[handler]]\ntype = "http-framework"\n')
        built = subprocess.run([theater, "build", source], capture_output=True, text=True, check=False)
        if built.returncode != 0:
            missing(f"the guest cannot be built: {built.stdout}{built.stderr}")
        component = source / "build" / "hello.wasm"
        measure_hello(theater, component, below, workerd if workerd.exists() else None)
        measure_instances(theater, component, below)


if __name__ == "__main__":
    main()
