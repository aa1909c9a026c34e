"""`omoctl replay`: a chain's real weeks through the store door, proved against their source."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import shown
from cli.completejourney import outside, reconcile, replaying
from cli.completejourney.connection import Suite, connected
from cli.completejourney.reconcile import Figures
from cli.completejourney.source import Source, Weeks
from cli.fleet import clock as clocks
from cli.fleet import foreground, running
from cli.fleet.quiet import Watch
from cli.stack.databases import SERVICES
from cli.stack.home import Home


def register(app: typer.Typer) -> None:
    app.command()(replay)


def replay(
    weeks: Annotated[str, typer.Option(help="Such as 1-2; earlier weeks that are missing are sent too.")] = "1-2",
    tills: Annotated[int, typer.Option(help="How many stores send at the same time.")] = replaying.TILLS_AT_ONCE,
    patience: Annotated[float, typer.Option(help="Seconds to wait until every event is settled.")] = 300.0,
) -> None:
    """Send every sale of the weeks as its store's till would, then compare the suite with the source to the cent."""
    agreed = shown.run(_replay(weeks, tills, patience))
    raise typer.Exit(0 if agreed else 1)


async def _replay(text: str, tills: int, patience: float) -> bool:
    weeks = Weeks.parse(text)
    home = Home.open()
    with Source.open() as source:
        async with connected(home) as suite:
            played = await replaying.play(source, weeks, suite.open_till, tills)
            shown.line(
                f"{played.baskets:,} baskets from {played.tills:,} tills acknowledged in {played.seconds:.1f} s:"
                f" {played.baskets_per_second:,.0f} baskets/s"
            )
            settled = await _settle(home, patience)
            total = played.seconds + settled
            shown.line(
                f"settled {settled:.1f} s later: {played.baskets / total:,.0f} baskets/s from first sale to last effect"
            )
            for store_id, sequence in played.conflicts:
                shown.line(f"store {store_id} sale {sequence}: the suite has another content under this number")
            return await _compare(source, weeks, suite) and not played.conflicts


async def _settle(home: Home, patience: float) -> float:
    """Waits until every event has had its effect; answers how long that took."""
    found = running.find(home)
    backing = foreground.backing(home, found.servers, external=found.external)
    clock = clocks.open_clock(backing.valkey("operator"))
    watch = await Watch.open(backing, [service for service in SERVICES if service in found.processes], clock)
    try:
        return await replaying.timed(watch.wait(patience))
    finally:
        await watch.close()
        await clock.close()


async def _compare(source: Source, weeks: Weeks, suite: Suite) -> bool:
    """Prints both sides of each view; True when no figure of any view differs."""
    wanted = reconcile.by_store(source, weeks)
    stores = sorted(wanted)
    sold = await outside.sold_by_store(suite.hq, weeks, stores)
    orders = _show("order, per store", wanted, sold, reconcile.ALL)
    per_week = reconcile.by_store_and_week(source, weeks)
    seen = await outside.seen_by_store_and_week(suite.hq, weeks, stores)
    panorama = _show("panorama, per store and week", per_week, seen, reconcile.COMPARED)
    return orders and panorama


def _show(title: str, source: Mapping[Any, Figures], system: Mapping[Any, Figures], figures: tuple[str, ...]) -> bool:
    shown.line(f"\n{title}")
    for text in reconcile.table(source, system, figures):
        shown.line(text)
    found = reconcile.differences(source, system, figures)
    for difference in found:
        shown.line(f"{difference.key} {difference.figure}: source {difference.source}, suite {difference.system}")
    shown.line(f"{len(found)} differences" if found else "equal to the cent")
    return not found
