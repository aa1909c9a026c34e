"""A user's terminal, in which omoctl is typed: a home of its own, real processes, signals."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from cli.stack import child
from cli.stack.home import CLONE, Home
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
PATIENCE = 60.0


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
            env=self.environment, cwd=CLONE, capture_output=True, text=True, check=False, timeout=PATIENCE,
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
        end = time.monotonic() + PATIENCE
        while text not in (shown := self.home.log("terminal").read_text()):
            assert time.monotonic() < end, f"never said {text!r}, but:\n{shown}"
            assert self.running[-1].poll() is None or text in self.home.log("terminal").read_text(), shown
            time.sleep(0.05)
        return shown

    def wait_until_again(self, name: str, before: int) -> None:
        """Returns when a process of this name runs that is not the one from before."""
        end = time.monotonic() + PATIENCE
        while (again := child.recall(self.home, name)) is None or again.pid == before:
            assert time.monotonic() < end
            time.sleep(0.05)


@contextmanager
def opened(name: str) -> Iterator[Terminal]:
    """A terminal with a home of this name; whatever still runs in it at the end is stopped."""
    home = Home.open(run.root() / f"{name}-{run.worker()}", run.binaries())
    (home.root / "bin").symlink_to(run.binaries())
    made = Terminal(home)
    yield made
    for started in made.running:
        if started.poll() is None:
            started.send_signal(signal.SIGINT)
            started.wait(PATIENCE)
    asyncio.new_event_loop().run_until_complete(_clear(home))


async def _clear(home: Home) -> None:
    for left in child.recall_all(home):
        await left.stop(child.stop_signal(left.name))
    home.remove()
