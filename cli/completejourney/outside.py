"""Reads from the outside what the suite says was sold, in the figures that the source is asked for."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from cli.completejourney import mapping
from cli.completejourney.headquarters import DEADLINE, Headquarters
from cli.completejourney.reconcile import Figures
from cli.completejourney.source import Weeks
from omo.attribution.v1 import attribution_service_pb2 as attribution
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as orders
from omo.order.v1 import sales_service_pb2 as sales
from omo.type.v1 import channel_pb2

# The Monday that the data's week 1 begins with; its first sale is on the Sunday.
FIRST_MONDAY = date(2016, 12, 26)
_PAGE = 100
_LISTS_AT_ONCE = 4


def period(weeks: Weeks) -> tuple[datetime, datetime]:
    """The weeks as a half-open time, Monday to Monday in the chain's zone."""
    zone = ZoneInfo(mapping.TIME_ZONE)

    def monday(week: int) -> datetime:
        return datetime.combine(FIRST_MONDAY + timedelta(weeks=week - 1), time(), zone).astimezone(UTC)

    return monday(weeks.first), monday(weeks.last + 1)


def week_of(iso: str) -> int:
    """The data's week of an ISO week such as 2017-W01, which is week 2."""
    year, _, number = iso.partition("-W")
    return (date.fromisocalendar(int(year), int(number), 1) - FIRST_MONDAY).days // 7 + 1


async def sold_by_store(hq: Headquarters, weeks: Weeks, stores: Sequence[str]) -> dict[str, Figures]:
    """What the order tables sum to."""
    start, end = _stamps(weeks)
    request = sales.SumSalesRequest(start_time=start, end_time=end, location_ids=stores)
    reply = await hq.sales.SumSales(request, metadata=hq.metadata, timeout=DEADLINE)
    found: dict[str, Figures] = {}
    for row in reply.sums:
        figures = Figures(row.revenue, row.units, row.baskets, row.lines, row.quantity)
        found[row.location_id] = found.get(row.location_id, Figures()) + figures
    return found


async def seen_by_store_and_week(
    hq: Headquarters, weeks: Weeks, stores: Sequence[str]
) -> dict[tuple[str, int], Figures]:
    """What the panorama counted from events; it knows neither lines nor base units."""
    start, end = _stamps(weeks)
    request = attribution.GetPanoramaRequest(
        start_time=start, end_time=end, location_ids=stores, channel_kind=channel_pb2.CHANNEL_KIND_STORE
    )
    reply = await hq.panorama.GetPanorama(request, metadata=hq.metadata, timeout=DEADLINE)
    found: dict[tuple[str, int], Figures] = {}
    for cell in reply.cells:
        key = (cell.location_id, week_of(cell.week))
        found[key] = found.get(key, Figures()) + Figures(cell.revenue, cell.units, cell.orders)
    return found


async def spent_by_household(
    hq: Headquarters, weeks: Weeks, stores: Sequence[str], households: Mapping[str, str]
) -> dict[str, Figures]:
    """What each member's orders sum to, receipt by receipt; `households` by member id, a stranger under his own."""
    found: dict[str, Figures] = {}
    lists = asyncio.Semaphore(_LISTS_AT_ONCE)

    async def add(store: str) -> None:
        async with lists:
            async for order in _orders(hq, weeks, store):
                household = households.get(order.member_id, order.member_id)
                found[household] = found.get(household, Figures()) + _figures(order)

    async with asyncio.TaskGroup() as group:
        for store in stores:
            group.create_task(add(store))
    return found


async def _orders(hq: Headquarters, weeks: Weeks, store: str) -> AsyncIterator[order_pb2.Order]:
    """A store's orders of the weeks; they come newest first."""
    start, end = (moment.timestamp() for moment in period(weeks))
    request = orders.ListOrdersRequest(location_id=store, page_size=_PAGE)
    while True:
        reply = await hq.orders.ListOrders(request, metadata=hq.metadata, timeout=DEADLINE)
        for order in reply.orders:
            if start <= order.business_time.ToMicroseconds() / 1e6 < end:
                yield order
        request.page_token = reply.next_page_token
        if not reply.next_page_token or reply.orders[-1].business_time.ToMicroseconds() / 1e6 < start:
            return


def _figures(order: order_pb2.Order) -> Figures:
    return Figures(
        revenue=sum(line.net_total.minor_units for line in order.lines),
        units=sum(min(line.quantity, 1) if line.by_measure else line.quantity for line in order.lines),
        baskets=1,
        lines=len(order.lines),
        base_units=sum(line.quantity for line in order.lines),
    )


def _stamps(weeks: Weeks) -> tuple[Timestamp, Timestamp]:
    start, end = Timestamp(), Timestamp()
    for stamp, moment in zip((start, end), period(weeks), strict=True):
        stamp.FromDatetime(moment)
    return start, end
