"""The folder of one test run: made by the controlling pytest, shared by its workers, removed at the end."""

import asyncio
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.stack import child
from cli.stack.home import Home

_ROOT = "PYTEST_OMO_RUN"
_KEEP = "PYTEST_OMO_KEEP"
_PREFIX = "omo-test-"
# a database of its own for each test is some 400 files: a disk takes twenty times as long to make them as memory does
_MEMORY, _ROOM = Path("/dev/shm"), 6 * 2**30


def pytest_configure(config: pytest.Config) -> None:
    """The controller makes the run's folder; xdist workers inherit its name."""
    if not hasattr(config, "workerinput"):
        begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        end()


def begin() -> None:
    """Makes the run's folder, and clears what a run that was killed left behind."""
    _sweep()
    root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_place()))
    root.chmod(0o711)
    mine = {"pid": os.getpid(), "born": child.identity(os.getpid())}
    (root / "controller.json").write_text(json.dumps(mine))
    os.environ[_ROOT] = str(root)


def end() -> None:
    """Stops everything that the run started, and removes its folder unless PYTEST_OMO_KEEP is set."""
    if named := os.environ.pop(_ROOT, None):
        _clear(Path(named), keep=bool(os.environ.get(_KEEP)))


def root() -> Path:
    return Path(os.environ[_ROOT])


def binaries() -> Path:
    """The servers' programs, copied once for all homes of the run."""
    folder = root() / "bin"
    folder.mkdir(exist_ok=True)
    return folder


def worker() -> int:
    """The number of this xdist worker; 0 without xdist."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One process of the run at a time."""
    with (root() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _clear(run: Path, *, keep: bool = False) -> None:
    for log in run.glob("*/run"):
        from cli.stack.servers import stop_leftovers  # noqa: PLC0415 - loads every server's client: only if one ran

        asyncio.run(stop_leftovers(Home.open(log.parent, run / "bin")))
    if not keep:
        shutil.rmtree(run, ignore_errors=True)


def _place() -> Path:
    """Memory where there is plenty and programs may lie in it, else the folder for temporary files."""
    if not os.access(_MEMORY, os.W_OK):
        return Path(tempfile.gettempdir())
    memory = os.statvfs(_MEMORY)
    fits = memory.f_bavail * memory.f_frsize >= _ROOM and not memory.f_flag & os.ST_NOEXEC
    return _MEMORY if fits else Path(tempfile.gettempdir())


def _sweep() -> None:
    for run in (*Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"), *_MEMORY.glob(f"{_PREFIX}*")):
        note = run / "controller.json"
        if not note.exists() or note.stat().st_uid != os.geteuid() or (run / "kept").exists():
            continue
        controller = json.loads(note.read_text())
        if child.identity(controller["pid"]) != controller["born"]:
            _clear(run)
