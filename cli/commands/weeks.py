"""`omoctl weeks`: real weeks of a real chain on a fleet of their own, from nothing to the comparison."""

import signal
from typing import Annotated

import typer

from cli import shown
from cli.completejourney import weeks as weeks_of_a_chain
from cli.fleet import foreground
from cli.fleet.fleet import Fleet
from cli.fleet.running import Running
from cli.stack.home import Home

# the chain's own: its prices are in cents, its days are those of its stores
_CHAIN = (("CURRENCY", "USD"), ("TIME_ZONE", "America/New_York"))


def register(app: typer.Typer) -> None:
    app.command()(weeks)


def weeks(
    weeks: Annotated[str, typer.Option(help="Which of the year's 53, such as 1-2.")] = "1-2",
    keep: Annotated[bool, typer.Option("--keep", help="Leave the data for another run.")] = False,
) -> None:
    """Start a fleet for the chain, load its masters, replay its sales, compare to the cent, stop."""
    agreed: list[bool] = []
    home = Home.open()
    own = Home.open(home.root.with_name(f"{home.root.name}-weeks"), home.bin)

    async def work(_fleet: Fleet, _found: Running) -> None:
        await weeks_of_a_chain.load(own, weeks)
        agreed.append(await weeks_of_a_chain.replay(own, weeks))
        signal.raise_signal(signal.SIGTERM)  # as Ctrl-C: the fleet stops in its order

    wishes = foreground.Wishes("demo", free_ports=True, settings=_CHAIN)
    shown.run(foreground.run(own, wishes, shown.line, work))
    if not keep:
        own.remove()
    raise typer.Exit(0 if agreed == [True] else 1)
