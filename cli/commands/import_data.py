"""`omoctl import`: masters of a chain, and files of goods, loaded as headquarters would."""

from typing import Annotated

import typer

from cli import shown
from cli.completejourney import weeks as weeks_of_a_chain
from cli.goods import command
from cli.stack.home import Home


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Load a chain's masters, or a file of goods.", no_args_is_help=True)
    group.command("completejourney")(completejourney)
    for load in (command.products, command.components, command.prices, command.locations):
        group.command(load.__name__)(load)
    app.add_typer(group, name="import")


def completejourney(
    weeks: Annotated[str, typer.Option(help="What the sales of these weeks refer to, such as 1-2.")] = "1-2",
    whole_catalogue: Annotated[bool, typer.Option(help="All 92,331 products, also those not sold.")] = False,
) -> None:
    """Load the masters of a year of a real chain (docs/decisions/0010-completejourney.md); safe to repeat."""
    shown.run(weeks_of_a_chain.load(Home.open(), weeks, whole_catalogue=whole_catalogue))
