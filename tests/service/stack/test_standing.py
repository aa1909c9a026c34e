"""A fleet that stands: what crashes comes back, the clock moves, and nobody wipes it or starts another over it."""

import signal
from collections.abc import Iterator

import pytest

from cli.stack import child
from tests.service.stack import terminal as terminals
from tests.service.stack.terminal import Terminal

pytestmark = pytest.mark.xdist_group("standing")


@pytest.fixture(scope="module")
def terminal() -> Iterator[Terminal]:
    with terminals.opened("standing") as made:
        made.up()
        yield made


def test_a_crashed_process_is_said_and_started_again(terminal: Terminal) -> None:
    order = child.recall(terminal.home, "order")
    assert order is not None
    order.send(signal.SIGKILL)
    shown = terminal.wait_for("starting it again (1 of 5)")
    assert "order was killed by SIGKILL; starting it again (1 of 5), its log is " in shown
    terminal.wait_until_again("order", order.pid)


@pytest.mark.parametrize("name", ["postgres", "nats", "valkey"])
def test_a_crashed_server_is_said_and_started_again(terminal: Terminal, name: str) -> None:
    server = child.recall(terminal.home, name)
    assert server is not None
    server.send(signal.SIGKILL)
    shown = terminal.wait_for(f"{name} is ready again")
    assert f"{name} was killed by SIGKILL; starting it again (1 of 5), its log is " in shown
    again = child.recall(terminal.home, name)
    assert again is not None
    assert again.pid != server.pid


def test_the_clock_moves_forward_only(terminal: Terminal) -> None:
    before = terminal.type("clock", "now").stdout.strip()
    moved = terminal.type("clock", "advance", "2d")
    assert moved.returncode == 0, moved.stderr
    assert moved.stdout.strip() > before
    assert "no time span" in terminal.type("clock", "advance", "--", "-1d").stderr


def test_nobody_starts_another_over_it(terminal: Terminal) -> None:
    second = terminal.type("up")
    assert second.returncode == 1
    assert "a fleet already runs" in second.stderr
    assert "→ stop it with `omoctl down`" in second.stderr


def test_reset_refuses_under_a_running_fleet(terminal: Terminal) -> None:
    refused = terminal.type("reset", "--yes")
    assert refused.returncode == 1
    assert "a fleet runs" in refused.stderr
