"""`omoctl demo`: everything, a brand, and a story played through the public doors."""

import signal
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from cli import shown
from cli.demo import playing
from cli.fleet import foreground, running
from cli.fleet.fleet import Fleet
from cli.fleet.running import Running
from cli.stack.home import Home


class Story(StrEnum):
    """The stories that can be told."""

    COAT = "coat"


_HEADS = {
    Story.COAT: "The coat: a stranger in the store, an order from the sofa, and who is credited. "
    "Everything goes through public doors.",
}


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    name: Annotated[Story, typer.Argument(help="Which story.")] = Story.COAT,
    free_ports: Annotated[bool, typer.Option(help="Take any free ports instead of the usual ones.")] = False,
    leave: Annotated[bool, typer.Option("--leave", help="Stop everything after the story.")] = False,
) -> None:
    """Start everything, load a demo brand, play the story, stay up until Ctrl-C.

    Run again it goes on with the same data. While a fleet of this home runs already, the story is played on it.
    """
    shown.run(_demo(name, free_ports, leave))


async def _demo(name: Story, free_ports: bool, leave: bool) -> None:
    home = Home.open()
    if running.supervisor(home) is not None:
        found = running.find(home)
        await _play(name, home, found)
        return
    wishes = foreground.Wishes("demo", free_ports=free_ports)
    await foreground.run(home, wishes, shown.line, partial(_tell, name, home, leave))


async def _tell(name: Story, home: Home, leave: bool, _fleet: Fleet, found: Running) -> None:
    await _play(name, home, found)
    foreground.announce(found, shown.line)
    if leave:
        signal.raise_signal(signal.SIGTERM)  # as Ctrl-C: the fleet stops in its order


async def _play(name: Story, home: Home, found: Running) -> None:
    shown.line(f"\n{_HEADS[name]}\n")
    backing = foreground.backing(home, found.servers, external=found.external)
    await playing.play(home, found, backing, shown.line)
    shown.line("\nThe story is told: every amount, balance and state came out as it says.\n")
