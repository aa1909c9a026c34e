"""The real weeks from end to end: load the masters, replay the sales, compare with the source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli import shown
from cli.completejourney import loading, outside, reconcile, replaying
from cli.completejourney.connection import Suite, connected
from cli.completejourney.reconcile import Figures
from cli.completejourney.replaying import Played
from cli.completejourney.source import Source, Weeks
from cli.fleet import clock as clocks
from cli.fleet import foreground, running
from cli.fleet.quiet import Watch
from cli.stack.databases import SERVICES
from cli.stack.home import Home


async def load(home: Home, text: str, *, whole_catalogue: bool = False) -> None:
    """Loads the masters that the sales of these weeks refer to, and enrols the tills; safe to repeat."""
    weeks = Weeks.parse(text)
    with Source.open() as source:
        async with connected(home) as suite:
            loaded = await loading.load(source, weeks, suite.hq, whole_catalogue=whole_catalogue)
            shown.line(f"{loaded.stores:,} stores, {loaded.products:,} products with their list prices")
            shown.line(f"{loaded.members:,} card members, {loaded.new_members:,} of them new")
            enrolled = [await suite.enrol(store.store_id) for store in source.stores(weeks)]
            shown.line(f"{len(enrolled):,} tills, {sum(enrolled):,} of them enrolled now")


@dataclass(frozen=True, slots=True)
class Sent:
    """What went through the door, and how many seconds after the last acknowledgement its last effect came."""

    played: Played
    settled: float

    @property
    def baskets_per_second(self) -> float:
        """From the first sale to the last effect."""
        return self.played.baskets / (self.played.seconds + self.settled)


async def replay(home: Home, text: str, tills: int = replaying.TILLS_AT_ONCE, patience: float = 300.0) -> bool:
    """Sends the weeks through the store door, waits, compares; True when no figure differs."""
    sent = await send(home, text, tills, patience)
    return await agrees(home, text) and not sent.played.conflicts


async def send(home: Home, text: str, tills: int = replaying.TILLS_AT_ONCE, patience: float = 300.0) -> Sent:
    """Sends the weeks' sales as their stores' tills would, and waits until every event has had its effect."""
    weeks = Weeks.parse(text)
    with Source.open() as source:
        async with connected(home) as suite:
            played = await replaying.play(source, weeks, suite.open_till, tills)
    shown.line(
        f"{played.baskets:,} baskets from {played.tills:,} tills acknowledged in {played.seconds:.1f} s:"
        f" {played.baskets_per_second:,.0f} baskets/s"
    )
    sent = Sent(played, await _settle(home, patience))
    shown.line(
        f"settled {sent.settled:.1f} s later: {sent.baskets_per_second:,.0f} baskets/s from first sale to last effect"
    )
    for store_id, sequence in played.conflicts:
        shown.line(f"store {store_id} sale {sequence}: the suite has another content under this number")
    return sent


async def agrees(home: Home, text: str) -> bool:
    """Compares what the suite says of the weeks with their source, to the cent; True when no figure differs."""
    weeks = Weeks.parse(text)
    with Source.open() as source:
        async with connected(home) as suite:
            return await _compare(source, weeks, suite)


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
    households = {each.member_id: each.household_id for each in source.households(weeks)}
    spent = await outside.spent_by_household(suite.hq, weeks, stores, households)
    return _same_spending(reconcile.by_household(source, weeks), spent) and orders and panorama


def _same_spending(source: Mapping[str, Figures], system: Mapping[str, Figures]) -> bool:
    """One line for thousands of households, and one for each that differs."""
    found = reconcile.differences(source, system, reconcile.ALL)
    for difference in found:
        shown.line(f"household {difference.key} {difference.figure}: {difference.source}, suite {difference.system}")
    revenue = sum(each.revenue for each in system.values())
    told = f"{len(found)} differences" if found else "equal to the cent, each"
    shown.line(f"\nspend per household: {len(source):,} in the source, {len(system):,} in the suite, together")
    shown.line(f"{revenue // 100:,}.{revenue % 100:02}; {told}")
    return not found


def _show(title: str, source: Mapping[Any, Figures], system: Mapping[Any, Figures], figures: tuple[str, ...]) -> bool:
    shown.line(f"\n{title}")
    for text in reconcile.table(source, system, figures):
        shown.line(text)
    found = reconcile.differences(source, system, figures)
    for difference in found:
        shown.line(f"{difference.key} {difference.figure}: source {difference.source}, suite {difference.system}")
    shown.line(f"{len(found)} differences" if found else "equal to the cent")
    return not found
