"""omoctl as its user meets it: real terminals, small real processes, signals."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cli.stack import child
from cli.stack.home import CLONE, Home
from cli.stack.servers import Ports, Servers
from tests.harness import run
from tests.service.stack import terminal as terminals
from tests.service.stack.terminal import PATIENCE, Terminal


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with terminals.opened("omoctl") as made:
        yield made


def test_ctrl_c_stops_everything_in_order_and_data_stays(terminal: Terminal) -> None:
    started = terminal.up()
    names = {found.name for found in child.recall_all(terminal.home)}
    assert names == {"omoctl", "postgres", "nats", "valkey", "member", "order"}
    started.send_signal(signal.SIGINT)
    assert started.wait(PATIENCE) == 0
    shown = terminal.home.log("terminal").read_text()
    assert shown.index("stopping order") < shown.index("stopping member") < shown.rindex("stopped")
    assert child.recall_all(terminal.home) == []
    secret = terminal.home.secret("postgres-omo_order")
    assert "no fleet runs" in terminal.type("clock", "now").stderr
    terminal.up("development")
    assert terminal.home.secret("postgres-omo_order") == secret
    assert "time is not ours to move" in terminal.type("clock", "advance", "1d").stderr


def test_down_stops_the_fleet_of_another_terminal_and_reset_wipes_all_but_the_programs(terminal: Terminal) -> None:
    started = terminal.up()
    assert terminal.type("down").stdout.strip() == "stopped"
    assert started.wait(PATIENCE) == 0
    assert terminal.type("down").stdout.strip() == "nothing was running"
    assert terminal.type("reset", "--yes").returncode == 0
    assert [entry.name for entry in terminal.home.root.iterdir()] == ["bin"]
    assert (terminal.home.root / "bin").resolve() == run.binaries()


def test_what_a_killed_supervisor_left_is_stopped_by_the_next(terminal: Terminal) -> None:
    started = terminal.up()
    started.kill()
    started.wait(PATIENCE)
    left = {found.name: found.pid for found in child.recall_all(terminal.home)}
    assert left.keys() == {"postgres", "nats", "valkey", "member", "order"}
    terminal.up()
    now = {found.name: found.pid for found in child.recall_all(terminal.home)}
    assert "stopped postgres, which an earlier run left behind" in terminal.home.log("terminal").read_text()
    assert not set(left.values()) & set(now.values())


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
    assert await asyncio.to_thread(started.wait, PATIENCE) == 0
    assert {found.name for found in child.recall_all(theirs.home)} == {"nats", "postgres", "valkey"}
    await theirs.stop()
    theirs.home.remove()


def test_doctor_names_a_missing_wheel_and_explains_the_rest(terminal: Terminal) -> None:
    seen = terminal.type("doctor")
    for check in ("python", "wheels", "user", "home", "disk", "servers"):
        assert f"ok    {check}" in seen.stdout, seen.stdout + seen.stderr
    planted = "import sys; from importlib import metadata; from cli.commands import doctor; "
    planted += "doctor._WHEELS = (*doctor._WHEELS, 'omo-missing-wheel'); doctor.doctor()"
    amiss = subprocess.run(
        [sys.executable, "-c", planted], env=terminal.environment, cwd=CLONE, capture_output=True, text=True,
        check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert amiss.returncode != 0
    assert "AMISS wheels     the wheel omo-missing-wheel is not installed" in amiss.stdout
