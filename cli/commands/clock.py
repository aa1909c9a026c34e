"""`omoctl clock`: the business time of a demo or test fleet."""

from typing import Annotated

import typer

from cli import shown
from cli.fleet import clock as clocks
from cli.fleet import foreground, running
from cli.fleet.quiet import Watch
from cli.stack.databases import SERVICES
from cli.stack.home import Home
from cli.stack.trouble import Trouble

_MOVABLE = {"demo", "test"}


def register(app: typer.Typer) -> None:
    clock = typer.Typer(help="The business time of a demo or test fleet.", no_args_is_help=True)
    clock.command()(now)
    clock.command()(advance)
    app.add_typer(clock, name="clock")


def now() -> None:
    """Print the fleet's business time."""
    shown.run(_now())


def advance(
    step: Annotated[str, typer.Argument(help="Such as 1d, 36h or 1d12h30m.")],
    patience: Annotated[float, typer.Option(help="Seconds to wait until the fleet is quiet.")] = 120.0,
) -> None:
    """Move the whole fleet forward in time, and return when everything that fell due is done."""
    shown.run(_advance(step, patience))


async def _now() -> None:
    home = Home.open()
    found = running.find(home)
    clock = clocks.open_clock(foreground.backing(home, found.servers, external=found.external).valkey("operator"))
    shown.line((await clock.now()).isoformat(timespec="seconds"))
    await clock.close()


async def _advance(text: str, patience: float) -> None:
    step = clocks.span(text)
    home = Home.open()
    found = running.find(home)
    if found.profile not in _MOVABLE:
        raise Trouble(
            f"this fleet runs as {found.profile}, where time is not ours to move",
            "start it with `omoctl up --profile demo` or `--profile test`",
        )
    backing = foreground.backing(home, found.servers, external=found.external)
    clock = clocks.open_clock(backing.valkey("operator"))
    services = [service for service in SERVICES if service in found.processes]
    watch = await Watch.open(backing, services, clock)
    try:
        await clock.advance(step)
        await watch.wait(patience)
        shown.line((await clock.now()).isoformat(timespec="seconds"))
    finally:
        await watch.close()
        await clock.close()
