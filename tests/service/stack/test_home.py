"""A home: who may read what in it, and what is refused before anything starts."""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.stack import child, ports
from cli.stack.home import CLONE, Home, default_root
from cli.stack.servers import stop_leftovers
from cli.stack.trouble import Trouble
from tests.harness import run


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def home() -> Home:
    return Home.open(run.root() / f"home-{run.worker()}", run.binaries())


def test_secrets_are_made_once_and_nobody_else_reads_them(home: Home) -> None:
    first = home.secret("postgres-x")
    path = home.root / "secret" / "postgres-x"
    assert home.secret("postgres-x") == first
    assert len(first) == 48
    assert (_mode(path), path.stat().st_uid) == (0o600, os.geteuid())
    assert _mode(path.parent) == 0o700
    assert _mode(home.root) == 0o711


@pytest.mark.needs_root
@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_a_home_that_the_servers_cannot_reach_is_refused() -> None:
    closed = run.root() / f"closed-{run.worker()}"
    closed.mkdir(mode=0o700)
    with pytest.raises(Trouble, match="cannot enter") as refusal:
        Home.open(closed / "home", run.binaries())
    assert "OMO_HOME" in refusal.value.remedy


def test_the_default_home_is_beside_the_makefile_except_for_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMO_HOME", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert default_root() == CLONE / ".omo"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert not default_root().is_relative_to(CLONE)
    assert default_root().name.startswith("omo-")


def test_a_clone_inside_a_closed_folder_still_runs_its_servers() -> None:
    """Root's 0700 home is the usual place of a clone: the servers' user must need nothing in it."""
    closed = run.root() / f"private-{run.worker()}"
    closed.mkdir(mode=0o700)
    shutil.copytree(CLONE / "cli", closed / "clone" / "cli")
    tried = subprocess.run(
        [sys.executable, "-c", _START_AND_STOP, str(run.root() / f"of-private-{run.worker()}")],
        cwd=closed / "clone",
        env={**os.environ, "PYTHONPATH": str(closed / "clone")},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert tried.returncode == 0, tried.stderr
    assert tried.stdout.split() == [str(closed / "clone"), "started", "stopped"]


_START_AND_STOP = """
import asyncio, pathlib, sys
from cli.stack.home import CLONE, Home
from cli.stack.servers import Ports, Servers

async def main():
    print(CLONE)
    servers = Servers.lay_out(Home.open(pathlib.Path(sys.argv[1])), Ports.free(), durable=False)
    await servers.start()
    print("started")
    await servers.stop()
    servers.home.remove()
    print("stopped")

asyncio.run(main())
"""


def test_a_port_in_use_is_named_with_what_to_do() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(Trouble, match=f"port {port} .* is in use") as refusal:
            ports.require(port, "the gateway")
    assert "--free-ports" in refusal.value.remedy


def test_two_that_look_for_ports_at_once_never_get_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither has bound his yet: a look at who listens tells them nothing of each other."""
    first = ports.free()
    few = range(first, first + 100)  # of which the rest of the run may have a third
    monkeypatch.setattr(ports, "_RANGE", few)
    mine = {first, *(ports.free() for _ in range(29))}
    theirs = f"from cli.stack import ports; ports._RANGE = {few}; print(*(ports.free() for _ in range(30)))"
    said = subprocess.run([sys.executable, "-c", theirs], capture_output=True, text=True, check=True, cwd=CLONE)
    assert not mine & set(map(int, said.stdout.split()))


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """Somebody else's process, with a number that a file of ours may name."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        assert process.poll() is None, "it was signalled"


_FORGED: dict[str, Callable[[dict[str, Any]], object]] = {
    "a later process of that number": lambda told: {**told, "born": "long ago"},
    "another start of the machine": lambda told: {**told, "boot": "another"},
    "a copied home": lambda told: {**told, "home": "/elsewhere"},
    "a copied file": lambda told: {**told, "name": "nats"},
    "number and birth alone": lambda told: {"pid": told["pid"], "born": told["born"]},
    "more than we say": lambda told: {**told, "kill": True},
    "a number in words": lambda told: {**told, "pid": str(told["pid"])},
    "every process": lambda told: {**told, "pid": -1},
    "no process": lambda told: {**told, "born": ""},
    "a list": lambda told: [told],
}


@pytest.mark.parametrize("forged", _FORGED.values(), ids=_FORGED.keys())
async def test_only_a_process_that_this_home_wrote_down_is_ever_signalled(
    home: Home, bystander: subprocess.Popen[bytes], forged: Callable[[dict[str, Any]], object]
) -> None:
    child.remember(home, "forged", bystander.pid)
    told = json.loads(home.pid_file("forged").read_text())
    assert child.recall(home, "forged") is not None
    home.note("forged.json", forged(told))
    assert child.recall(home, "forged") is None
    assert "forged" not in await stop_leftovers(home)
    home.pid_file("forged").unlink(missing_ok=True)


async def test_a_file_that_is_cut_off_or_no_process_s_is_left_alone(home: Home) -> None:
    home.pid_file("cut").write_text('{"pid": 1')
    home.note("ports.json", {"postgres": 5432})
    assert [child.recall(home, name) for name in ("cut", "ports")] == [None, None]
    assert not {"cut", "ports"} & set(await stop_leftovers(home))
    assert home.noted("ports.json") == {"postgres": 5432}
    home.pid_file("cut").unlink()
    home.pid_file("ports").unlink()


async def test_a_deaf_process_is_killed_when_patience_ends(home: Home) -> None:
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    deaf = child.spawn(home, "deaf", [sys.executable, "-c", code], os.environ)
    while "deaf" not in deaf.last_words():
        assert deaf.alive
    await deaf.stop(patience=0.2)
    assert not deaf.alive
    assert deaf.exit_code == -9
    assert not deaf.pid_file.exists()


async def test_a_later_supervisor_stops_what_an_earlier_one_left(home: Home) -> None:
    code = "import signal; signal.pause()"
    left = child.spawn(home, "left", [sys.executable, "-c", code], os.environ)
    found = child.recall(home, "left")
    assert found is not None
    assert found.process is None
    assert left.process is not None
    left.process.returncode = None
    reaper = left.process
    found.send(child.stop_signal("left"))
    reaper.wait(10)
    assert await found.gone(5)
    assert child.recall(home, "left") is None
