"""Components of actors in C++ that tests need and whose build they do not test: each is built once and kept.

A compiler works for seconds on each of them, and many tests need the same one, in every build of the tree. A component
is kept under the digest of all that it depends on: its sources, the SDK, the sources of the tool that makes it, and the
compiler. `theater build` makes those that are not there; what the folder keeps beyond KEPT_MAX is removed, oldest first.
"""

import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What decides what `theater build` makes of the sources of a folder.
TOOLS = ("sdk/cpp/include", "sdk/cpp/src", "engine/src", "engine/Cargo.lock", "wit", "src/theater/cli/toolchain")
KEPT_MAX = 200
KEPT_SDKS_MAX = 8


def caches():
    user = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return Path(os.environ.get("THEATER_CACHE_DIR", user / "theater"))


def folder():
    return caches() / "built-guests"


@functools.cache
def sdk():
    """A copy of the tree's SDK, whose path is the same in every clone with the same SDK.

    The caches of the compilers compare paths, so they find again what another clone has compiled with it.
    """
    digest = hashlib.sha256()
    add_files(digest, ROOT / "sdk")
    copy = caches() / "sdks" / digest.hexdigest()[:32]
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix="new-", dir=copy.parent))
        shutil.copytree(ROOT / "sdk", new, dirs_exist_ok=True)
        put_in_place(new, copy, KEPT_SDKS_MAX)
    os.utime(copy)
    return copy


def add_files(digest, top):
    """Adds the names and contents of the files of a folder, or of one file, to a digest."""
    paths = [top] if top.is_file() else sorted(path for path in top.rglob("*") if path.is_file())
    for path in paths:
        if "build" in path.relative_to(top).parts:
            continue
        content = path.read_bytes()
        digest.update(f"{path.relative_to(top)} {len(content)}\n".encode() + content)


@functools.cache
def digest_of_tools():
    digest = hashlib.sha256()
    if shutil.which("clang++-19"):
        digest.update(subprocess.run(["clang++-19", "--version"], capture_output=True, check=True).stdout)
    for place in TOOLS:
        digest.update(place.encode())
        add_files(digest, ROOT / place)
    return digest.digest()


def build(actor, make):
    """Puts the component of a folder's actor in place: the one that is kept, or else the one that make() builds."""
    digest = hashlib.sha256(digest_of_tools())
    sources = sorted(path for pattern in ("**/*.cpp", "**/*.cc", "**/*.hpp", "**/*.h", "**/*.wit", "**/manifest.toml")
                     for path in actor.glob(pattern))
    for path in sources:
        digest.update(f"{path.relative_to(actor)}\n".encode())
        add_files(digest, path)
    kept = folder() / digest.hexdigest()
    if kept.exists():
        os.utime(kept)
        copy_components(kept, components(kept), actor)
        return
    before = components(actor)
    make()
    keep(actor, dict(components(actor).items() - before.items()), kept)


def components(actor):
    """When each component in a folder was written."""
    return {path: path.stat().st_mtime_ns for path in actor.rglob("*.wasm")}


def copy_components(source, paths, target):
    for path in paths:
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)


def keep(actor, made, kept):
    """Keeps files under their paths in the folder of their actor. Another process may do the same at the same time."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix="new-", dir=kept.parent))
    copy_components(actor, made, new)
    put_in_place(new, kept, KEPT_MAX)


def put_in_place(new, place, most):
    """Gives a new folder its name, unless another process was first, and removes the oldest beside it beyond `most`."""
    try:
        new.rename(place)
    except OSError:
        shutil.rmtree(new)
    others = sorted(place.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[most:]:
        shutil.rmtree(path, ignore_errors=True)
