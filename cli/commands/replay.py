"""`omoctl replay`: a chain's real weeks through the store door, proved against their source."""

from typing import Annotated

import typer

from cli import shown
from cli.completejourney import replaying
from cli.completejourney import weeks as weeks_of_a_chain
from cli.stack.home import Home


def register(app: typer.Typer) -> None:
    app.command()(replay)


def replay(
    weeks: Annotated[str, typer.Option(help="Such as 1-2; earlier weeks that are missing are sent too.")] = "1-2",
    tills: Annotated[int, typer.Option(help="How many stores send at the same time.")] = replaying.TILLS_AT_ONCE,
    patience: Annotated[float, typer.Option(help="Seconds to wait until every event is settled.")] = 300.0,
) -> None:
    """Send every sale of the weeks as its store's till would, then compare the suite with the source to the cent."""
    agreed = shown.run(weeks_of_a_chain.replay(Home.open(), weeks, tills, patience))
    raise typer.Exit(0 if agreed else 1)
