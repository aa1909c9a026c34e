"""The lots that an order opens: one for each rule and for goods that are handed over together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from kit.ids import uuid7
from kit.postgres import Tx
from services.member.points import domain_earning, ledger
from services.member.points.domain import Kind
from services.member.points.domain_earning import Earned, Sale, SoldLine, Terms
from services.member.points.ledger import Balance, NewLot, Transfer
from services.member.points.store_sales import Counting
from services.member.program import store as programs
from services.member.program.domain import Goods, Program
from services.member.tiers import domain_replay
from services.member.tiers import store as tiers_store


def lots(sale: Sale, member_id: str, terms: Terms, zone: ZoneInfo) -> list[NewLot]:
    """What the order earns, lot by lot; lines of one lot share its dates."""
    opened: list[NewLot] = []
    for earned in domain_earning.earnings(sale, terms):
        groups: dict[str, list[int]] = defaultdict(list)
        for index, (line, points) in enumerate(zip(sale.lines, earned.points, strict=True)):
            if points:
                groups[line.group].append(index)
        opened += [_lot(sale, member_id, earned, indexes, terms.program, zone) for indexes in groups.values()]
    return opened


def _lot(
    sale: Sale, member_id: str, earned: Earned, indexes: Sequence[int], program: Program, zone: ZoneInfo
) -> NewLot:
    lines: list[SoldLine] = [sale.lines[index] for index in indexes]
    points = [earned.points[index] for index in indexes]
    handover = sale.business_time if all(line.handed_over for line in lines) else None
    return NewLot(
        member_id,
        uuid7(),
        sale.order_id,
        [line.line_no for line in lines],
        points,
        sum(points),
        sale.business_time,
        program.activates(sale.business_time, handover, zone),
        program.expires(sale.business_time, zone),
        earned.rule_version,
        pending=sum(points),
        line_units=[line.units for line in lines],
        line_bases=[earned.bases[index] for index in indexes],
        by_unit=earned.by_unit,
        line_measures=[line.measure for line in lines],
    )


def transfer(sale: Sale, member_id: str, opened: Sequence[NewLot], program: Program) -> Transfer:
    """The earn transfer of an order; one without points is posted too, so that it is not looked at again."""
    entries = ledger.earn_entries(opened) if opened else ()
    points = sum(lot.points for lot in opened)
    key, rule = f"earn:{sale.order_id}", program.rule_version
    return Transfer(member_id, uuid7(), Kind.EARN, key, points, sale.order_id, sale.business_time, "", rule, entries)


def counting(sale: Sale, member_id: str, points: int, terms: Terms) -> Counting:
    """What an order counts toward its member's tier when nothing of it was given up."""
    excluded, delivery = terms.program.policy.excluded, terms.program.policy.count_delivery
    out = [line for line in sale.lines if excluded and excluded.names(line.sku, terms.sorted(line.sku))]
    whole = sum(line.net for line in sale.lines)
    own = whole - sum(line.net for line in out)
    # what points paid is no spend; of an order of which only a part counts, so is its share
    paid = sale.points_value * own // whole if out and whole else sale.points_value
    net = own - paid + (sale.delivery if delivery else 0)
    left_out = tuple(line.line_no for line in out)
    point_value = sale.points_value // sale.points_spent if sale.points_spent else 0
    return Counting(member_id, sale.order_id, sale.business_time, net, 0, points, left_out, point_value)


@dataclass(frozen=True, slots=True)
class Posted:
    """What orders opened, moved and count."""

    lots: list[NewLot] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    counting: list[Counting] = field(default_factory=list)


async def open_all(
    tx: Tx,
    sales: Sequence[Sale],
    meant: Mapping[str, str],
    balances: Mapping[str, Balance],
    program: Program,
    zone: ZoneInfo,
) -> Posted:
    """What these orders earn and count, under the tier that each was bought with; `meant` says whose they are."""
    sorted_so = await goods(tx, sales, program)
    tiers = await tiers_then(tx, sales, {sale.member_id: balances[meant[sale.member_id]] for sale in sales})
    posted = Posted()
    for sale in sales:
        terms, member_id = Terms(program, tiers[sale.order_id], sorted_so), meant[sale.member_id]
        opened = lots(sale, member_id, terms, zone)
        posted.lots.extend(opened)
        if program.version:
            posted.transfers.append(transfer(sale, member_id, opened, program))
        points = sum(lot.points for lot in opened)
        posted.counting.append(counting(sale, member_id, points, terms))
    return posted


async def goods(tx: Tx, sales: Sequence[Sale], program: Program) -> Mapping[str, Goods]:
    """How the catalogue sorts what was sold, where the program asks for it."""
    return await programs.goods(tx, {line.sku for sale in sales for line in sale.lines}) if program.sorts else {}


async def tiers_then(tx: Tx, sales: Sequence[Sale], balances: Mapping[str, Balance]) -> dict[str, str]:
    """The tier that each sale is multiplied by, by order: the present one, or for a late sale the one of its time.

    `balances` are given by the ids that the sales name.
    """
    found = {sale.order_id: balances[sale.member_id].tier for sale in sales}
    late = [sale for sale in sales if _before_the_tier(sale, balances[sale.member_id])]
    history = await tiers_store.history(tx, {balances[sale.member_id].member_id for sale in late})
    for sale in late:
        kept = history[balances[sale.member_id].member_id]
        found[sale.order_id] = domain_replay.as_of([one.decided for one in kept], sale.business_time).tier
    return found


def _before_the_tier(sale: Sale, balance: Balance) -> bool:
    return balance.tier_since_time is not None and sale.business_time < balance.tier_since_time
