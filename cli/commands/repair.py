"""`omoctl repair`: what mends a drift of the stock books; `omoctl prove inventory` prints the command for each."""

from typing import Annotated

import typer

from cli import shown
from cli.goods import repairing
from cli.stack.home import Home

_DRIFT = "a drift that omoctl prove found"
Reason = Annotated[str, typer.Option(help="Why; kept with the repair.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Mend a drift of the stock books; safe to repeat, written down.", no_args_is_help=True)
    group.command()(level)
    group.command()(hold)
    group.command()(promises)
    group.command()(units)
    group.command()(lots)
    group.command()(waiting)
    group.command("log")(history)
    app.add_typer(group, name="repair")


def level(
    sku: Annotated[str, typer.Argument(help="The good.")],
    location: Annotated[str, typer.Argument(help="Where.")],
    reason: Reason = _DRIFT,
) -> None:
    """Make a level what the journal, the holds, the allocations and the transfers say."""
    shown.run(_level(sku, location, reason))


def hold(
    hold_id: Annotated[str, typer.Argument(help="The hold; an order's hold has the order's id.")],
    reason: Reason = _DRIFT,
) -> None:
    """End a hold that was forgotten, or free what an ended one still holds; order is asked first."""
    shown.run(_hold(hold_id, reason))


def promises(sku: Annotated[str, typer.Argument(help="The good.")], reason: Reason = _DRIFT) -> None:
    """Move the promises of a good away from where goods are missing, now."""
    shown.run(_promises(sku, reason))


def units(order_id: Annotated[str, typer.Argument(help="The order.")], reason: Reason = _DRIFT) -> None:
    """Free what is still promised for units of an order that nobody will hand over."""
    shown.run(_units(order_id, reason))


def lots(
    sku: Annotated[str, typer.Argument(help="The good.")],
    location: Annotated[str, typer.Argument(help="Where.")],
    reason: Reason = _DRIFT,
) -> None:
    """Make the books of lots at a place what their journal says, and its level with them."""
    shown.run(_lots(sku, location, reason))


def waiting(
    sku: Annotated[str, typer.Argument(help="The good.")],
    location: Annotated[str, typer.Argument(help="Where.")],
    reason: Reason = _DRIFT,
) -> None:
    """Work out anew who waits for goods at a place."""
    shown.run(_waiting(sku, location, reason))


def history(most: Annotated[int, typer.Option("-n", help="At most so many.")] = 20) -> None:
    """List what was repaired, by whom and why."""
    shown.run(_history(most))


async def _level(sku: str, location: str, reason: str) -> None:
    async with repairing.doors(Home.open()) as at:
        await repairing.level(at, sku, location, reason)


async def _hold(hold_id: str, reason: str) -> None:
    async with repairing.doors(Home.open()) as at:
        await repairing.hold(at, hold_id, reason)


async def _promises(sku: str, reason: str) -> None:
    async with repairing.doors(Home.open()) as at:
        await repairing.promises(at, sku, reason)


async def _units(order_id: str, reason: str) -> None:
    async with repairing.doors(Home.open()) as at:
        await repairing.units(at, order_id, reason)


async def _lots(sku: str, location: str, reason: str) -> None:
    async with repairing.doors(Home.open()) as at:
        await repairing.lots(at, sku, location, reason)


async def _waiting(sku: str, location: str, reason: str) -> None:
    async with repairing.doors(Home.open()) as at:
        await repairing.waiting(at, sku, location, reason)


async def _history(most: int) -> None:
    async with repairing.doors(Home.open()) as at:
        await repairing.history(at, most)
