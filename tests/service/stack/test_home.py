"""A home: who may read what in it, and what is refused before anything starts."""

import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cli.stack import child, ports
from cli.stack.home import CLONE, Home, default_root
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


def test_a_number_that_another_process_took_over_is_never_signalled(home: Home) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    home.note("reused.json", {"pid": bystander.pid, "born": "long ago"})
    assert child.recall(home, "reused") is None
    assert bystander.poll() is None
    assert bystander.stdin is not None
    bystander.stdin.close()
    bystander.wait(10)


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
