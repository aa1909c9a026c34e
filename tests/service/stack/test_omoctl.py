"""omoctl as its user meets it: real terminals, small real processes, signals."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from cli.stack import child
from cli.stack.home import CLONE, Home
from cli.stack.servers import Ports, Servers
from tests.harness import run

_UP = """
import os, sys
from cli import shown
from cli.fleet import foreground
from cli.fleet.foreground import Wishes
from cli.stack.home import Home
from tests.service.stack.test_fleet import ROSTER

wishes = Wishes(sys.argv[1], external="OMO_NATS_URL" in os.environ, free_ports=True)
shown.run(foreground.run(Home.open(), wishes, shown.line, roster=ROSTER))
"""
_PATIENCE = 60.0


@dataclass
class Terminal:
    """One user's home, in which commands are typed."""

    home: Home
    running: list[subprocess.Popen[str]] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("OMO_")}
        path = f"{CLONE}{os.pathsep}{CLONE / 'gen'}"
        return kept | self.named | {"OMO_HOME": str(self.home.root), "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}

    def type(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cli.main", *words],
            env=self.environment, cwd=CLONE, capture_output=True, text=True, check=False, timeout=_PATIENCE,
        )  # fmt: skip

    def up(self, profile: str = "test") -> subprocess.Popen[str]:
        """A small fleet in the foreground; returns when it says that it is up."""
        shown = self.home.log("terminal")
        with shown.open("w") as out:
            started = subprocess.Popen(
                [sys.executable, "-c", _UP, profile],
                env=self.environment, cwd=CLONE, stdout=out, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
        self.running.append(started)
        self.wait_for("up; Ctrl-C")
        return started

    def wait_for(self, text: str) -> str:
        end = time.monotonic() + _PATIENCE
        while text not in (shown := self.home.log("terminal").read_text()):
            assert time.monotonic() < end, f"never said {text!r}, but:\n{shown}"
            assert self.running[-1].poll() is None or text in self.home.log("terminal").read_text(), shown
            time.sleep(0.05)
        return shown


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    home = Home.open(run.root() / f"omoctl-{run.worker()}", run.binaries())
    (home.root / "bin").symlink_to(run.binaries())
    made = Terminal(home)
    yield made
    for started in made.running:
        if started.poll() is None:
            started.send_signal(signal.SIGINT)
            started.wait(_PATIENCE)
    asyncio.new_event_loop().run_until_complete(_clear(home))


async def _clear(home: Home) -> None:
    for left in child.recall_all(home):
        await left.stop(child.stop_signal(left.name))
    home.remove()


def test_ctrl_c_stops_everything_in_order_and_data_stays(terminal: Terminal) -> None:
    started = terminal.up()
    names = {found.name for found in child.recall_all(terminal.home)}
    assert names == {"omoctl", "postgres", "nats", "valkey", "member", "order"}
    started.send_signal(signal.SIGINT)
    assert started.wait(_PATIENCE) == 0
    shown = terminal.home.log("terminal").read_text()
    assert shown.index("stopping order") < shown.index("stopping member") < shown.rindex("stopped")
    assert child.recall_all(terminal.home) == []
    secret = terminal.home.secret("postgres-omo_order")
    terminal.up()
    assert terminal.home.secret("postgres-omo_order") == secret


def test_down_stops_the_fleet_of_another_terminal(terminal: Terminal) -> None:
    started = terminal.up()
    second = terminal.type("up")
    assert second.returncode == 1
    assert "a fleet already runs" in second.stderr
    assert "→ stop it with `omoctl down`" in second.stderr
    assert terminal.type("down").stdout.strip() == "stopped"
    assert started.wait(_PATIENCE) == 0
    assert terminal.type("down").stdout.strip() == "nothing was running"


def test_what_a_killed_supervisor_left_is_stopped_by_the_next(terminal: Terminal) -> None:
    started = terminal.up()
    started.kill()
    started.wait(_PATIENCE)
    left = {found.name: found.pid for found in child.recall_all(terminal.home)}
    assert left.keys() == {"postgres", "nats", "valkey", "member", "order"}
    terminal.up()
    now = {found.name: found.pid for found in child.recall_all(terminal.home)}
    assert "stopped postgres, which an earlier run left behind" in terminal.home.log("terminal").read_text()
    assert not set(left.values()) & set(now.values())


def test_a_crashed_process_is_said_and_started_again(terminal: Terminal) -> None:
    terminal.up()
    order = child.recall(terminal.home, "order")
    assert order is not None
    order.send(signal.SIGKILL)
    shown = terminal.wait_for("starting it again (1 of 5)")
    assert "order was killed by SIGKILL; starting it again (1 of 5), its log is " in shown
    end = time.monotonic() + _PATIENCE
    while (again := child.recall(terminal.home, "order")) is None or again.pid == order.pid:
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("name", ["postgres", "nats", "valkey"])
def test_a_crashed_server_is_said_and_started_again(terminal: Terminal, name: str) -> None:
    terminal.up()
    server = child.recall(terminal.home, name)
    assert server is not None
    server.send(signal.SIGKILL)
    shown = terminal.wait_for(f"{name} is ready again")
    assert f"{name} was killed by SIGKILL; starting it again (1 of 5), its log is " in shown
    again = child.recall(terminal.home, name)
    assert again is not None
    assert again.pid != server.pid


def test_the_clock_moves_forward_only_and_only_in_a_fleet_for_tests(terminal: Terminal) -> None:
    assert "no fleet runs" in terminal.type("clock", "now").stderr
    started = terminal.up("development")
    assert "time is not ours to move" in terminal.type("clock", "advance", "1d").stderr
    started.send_signal(signal.SIGINT)
    started.wait(_PATIENCE)
    terminal.up("test")
    before = terminal.type("clock", "now").stdout.strip()
    moved = terminal.type("clock", "advance", "2d")
    assert moved.returncode == 0, moved.stderr
    assert moved.stdout.strip() > before
    assert "no time span" in terminal.type("clock", "advance", "--", "-1d").stderr


def test_a_port_in_use_is_one_clear_line(terminal: Terminal) -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind(("127.0.0.1", 15432))
        except OSError:
            pass  # somebody else holds it, which is as good
        else:
            holder.listen()
        refused = terminal.type("up")
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        "port 15432 on 127.0.0.1, which Postgres needs, is in use",
        "→ stop the program that holds it, or start with `omoctl up --free-ports`",
    ]


def test_external_without_addresses_says_which_it_needs(terminal: Terminal) -> None:
    refused = terminal.type("up", "--external", "--free-ports")
    assert refused.returncode == 1
    assert "OMO_POSTGRES_DSN" in refused.stderr


async def test_external_servers_are_used_and_left_alone(terminal: Terminal) -> None:
    theirs = Servers.lay_out(
        Home.open(run.root() / f"theirs-{run.worker()}", run.binaries()), Ports.free(), durable=False
    )
    await theirs.start()
    terminal.named = {
        "OMO_POSTGRES_DSN": theirs.postgres.dsn(),
        "OMO_NATS_URL": theirs.nats.url,
        "OMO_NATS_SEED": theirs.nats.seed("operator"),
        "OMO_VALKEY_URL": theirs.valkey.url("operator"),
    }
    started = await asyncio.to_thread(terminal.up)
    assert {found.name for found in child.recall_all(terminal.home)} == {"omoctl", "member", "order"}
    moved = await asyncio.to_thread(terminal.type, "clock", "advance", "1h")
    assert moved.returncode == 0, moved.stderr
    started.send_signal(signal.SIGINT)
    assert await asyncio.to_thread(started.wait, _PATIENCE) == 0
    assert {found.name for found in child.recall_all(theirs.home)} == {"nats", "postgres", "valkey"}
    await theirs.stop()
    theirs.home.remove()


def test_reset_wipes_data_and_keeps_the_programs(terminal: Terminal) -> None:
    terminal.up().send_signal(signal.SIGINT)
    terminal.running[-1].wait(_PATIENCE)
    assert terminal.type("reset", "--yes").returncode == 0
    assert [entry.name for entry in terminal.home.root.iterdir()] == ["bin"]
    assert (terminal.home.root / "bin").resolve() == run.binaries()


def test_reset_refuses_under_a_running_fleet(terminal: Terminal) -> None:
    terminal.up()
    refused = terminal.type("reset", "--yes")
    assert refused.returncode == 1
    assert "a fleet runs" in refused.stderr


def test_doctor_names_a_missing_wheel_and_explains_the_rest(terminal: Terminal) -> None:
    seen = terminal.type("doctor")
    for check in ("python", "wheels", "user", "home", "disk", "servers"):
        assert f"ok    {check}" in seen.stdout, seen.stdout + seen.stderr
    planted = "import sys; from importlib import metadata; from cli.commands import doctor; "
    planted += "doctor._WHEELS = (*doctor._WHEELS, 'omo-missing-wheel'); doctor.doctor()"
    amiss = subprocess.run(
        [sys.executable, "-c", planted], env=terminal.environment, cwd=CLONE, capture_output=True, text=True,
        check=False, timeout=_PATIENCE,
    )  # fmt: skip
    assert amiss.returncode != 0
    assert "AMISS wheels     the wheel omo-missing-wheel is not installed" in amiss.stdout
