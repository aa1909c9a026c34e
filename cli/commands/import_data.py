"""`omoctl import`: masters of a chain, loaded as headquarters would."""

from typing import Annotated

import typer

from cli import shown
from cli.completejourney import loading
from cli.completejourney.connection import connected
from cli.completejourney.source import Source, Weeks
from cli.stack.home import Home


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Load a chain's stores, goods, prices, members and tills.", no_args_is_help=True)
    group.command("completejourney")(completejourney)
    group.callback()(_only)
    app.add_typer(group, name="import")


def _only() -> None:
    """Keeps the name of the data set a word of the command, also while there is one."""


def completejourney(
    weeks: Annotated[str, typer.Option(help="What the sales of these weeks refer to, such as 1-2.")] = "1-2",
    whole_catalogue: Annotated[bool, typer.Option(help="All 92,331 products, also those not sold.")] = False,
) -> None:
    """Load the masters of a year of a real chain (docs/decisions/0010-completejourney.md); safe to repeat."""
    shown.run(_import(weeks, whole_catalogue))


async def _import(text: str, whole_catalogue: bool) -> None:
    weeks = Weeks.parse(text)
    with Source.open() as source:
        async with connected(Home.open()) as suite:
            loaded = await loading.load(source, weeks, suite.hq, whole_catalogue=whole_catalogue)
            shown.line(f"{loaded.stores:,} stores, {loaded.products:,} products with their list prices")
            shown.line(f"{loaded.members:,} card members, {loaded.new_members:,} of them new")
            enrolled = [await suite.enrol(store.store_id) for store in source.stores(weeks)]
            shown.line(f"{len(enrolled):,} tills, {sum(enrolled):,} of them enrolled now")
