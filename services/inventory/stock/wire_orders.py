"""Order's events as what they mean for stock."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from kit.access import Actor
from omo.order.v1 import order_events_pb2, order_facts_pb2
from omo.type.v1 import event_pb2, trade_pb2
from services.inventory import wire as fields
from services.inventory.catalogue.domain_kits import History
from services.inventory.lots import domain_parts
from services.inventory.lots import wire as lots_wire
from services.inventory.stock.domain import NOWHERE, Movement, SaleRow, Who
from services.inventory.stock.domain_allocations import Ended
from services.inventory.stock.domain_orders import Handed, News, Promise

Event = (
    order_events_pb2.OrderConfirmed
    | order_events_pb2.SalesRecorded
    | order_events_pb2.OrderCancelled
    | order_events_pb2.UnitsHandedOver
    | order_events_pb2.UnitsCancelled
)

_LATER = (trade_pb2.FULFILMENT_METHOD_COLLECT, trade_pb2.FULFILMENT_METHOD_SHIP)
_CARRY_OUT = trade_pb2.FULFILMENT_METHOD_CARRY_OUT


@dataclass(slots=True)
class Heard:
    """A batch of events, sorted by what they do."""

    sales: list[SaleRow] = field(default_factory=list)
    news: dict[str, News] = field(default_factory=dict)
    handovers: list[Movement] = field(default_factory=list)
    # those of the sales that say which lots or serials they were
    named: list[Movement] = field(default_factory=list)
    # lots that were named of kits, and nobody knows of which part
    strange: list[Movement] = field(default_factory=list)

    def of(self, order_id: str, meta: event_pb2.EventMeta) -> News:
        """The news of one order."""
        if order_id not in self.news:
            self.news[order_id] = News(order_id, fields.moment(meta.business_time))
        return self.news[order_id]


def hear(events: Iterable[Event]) -> Heard:
    """Sorts a batch; one order's news of all kinds come together."""
    heard = Heard()
    for event in events:
        match event:
            case order_events_pb2.SalesRecorded():
                for facts in event.sales:
                    _facts(heard, event.meta, facts)
            case order_events_pb2.OrderConfirmed():
                _facts(heard, event.meta, event.facts)
            case order_events_pb2.OrderCancelled():
                news = heard.of(event.order_id, event.meta)
                news.cancelled, news.reason, news.member_id = True, event.reason or "CANCELLED", event.member_id
            case order_events_pb2.UnitsHandedOver():
                _handover(heard, event)
            case order_events_pb2.UnitsCancelled():
                news = heard.of(event.order_id, event.meta)
                news.member_id = news.member_id or event.member_id
                news.ended += [
                    Ended(one.unit.line_no, one.sku or NOWHERE, one.unit.first, one.quantity, one.quantity)
                    for one in event.lines
                    if one.quantity > 0
                ]
    # in key order over all chunks: levels are locked as they come
    heard.sales.sort()
    return heard


def _facts(heard: Heard, meta: event_pb2.EventMeta, facts: order_facts_pb2.OrderFacts) -> None:
    """Goods carried out are a sale here and now; all others wait for their handover."""
    lines, own = list(facts.lines), facts.hold_id == facts.order_id
    if facts.hold_id and not own:  # what was reserved is sold, or free again
        reserved = heard.of(facts.hold_id, meta)
        reserved.cancelled, reserved.reason, reserved.member_id = True, "CONVERTED", facts.member_id
    later = [line for line in lines if line.method in _LATER or (own and line.method != _CARRY_OUT)]
    if later or own:
        news = heard.of(facts.order_id, meta)
        news.confirmed, news.member_id = True, facts.member_id
        news.promises += [
            Promise(line.line_no, line.sku or NOWHERE, line.fulfilment_location_id or NOWHERE, line.quantity)
            for line in later
            if line.quantity > 0
        ]
        lines = [line for line in lines if line not in later]
    order_id, place = facts.order_id, facts.location_id or NOWHERE
    at, actor = fields.moment(facts.business_time), Actor.from_proto(meta.actor)
    who = (actor.kind.value, actor.id, actor.terminal_id)
    heard.sales += [
        (line.sku or NOWHERE, place, line.quantity, order_id, line.line_no, line.by_measure, at, *who)
        for line in lines
        if line.quantity
    ]
    heard.named += [
        Movement(line.sku or NOWHERE, place, "SALE" if line.quantity > 0 else "RETURN", -line.quantity, at, order_id,
                 Who(*who), line.line_no, lots=lots_wire.told(line.lots))
        for line in lines
        if line.lots
    ]  # fmt: skip


def _handover(heard: Heard, event: order_events_pb2.UnitsHandedOver) -> None:
    actor = Actor.from_proto(event.meta.actor)
    who = Who(actor.kind.value, actor.id, actor.terminal_id)
    at = fields.moment(event.meta.business_time)
    heard.of(event.order_id, event.meta).member_id = event.member_id
    heard.handovers += [
        Movement(
            sku=line.sku or NOWHERE,
            location_id=event.location_id or NOWHERE,
            kind="HANDOVER",
            quantity=-line.quantity,
            business_time=at,
            source_id=event.order_id,
            who=who,
            line_no=line.unit.line_no,
            first=line.unit.first,
            last=line.unit.last,
            measure=line.unit.measure,
            lots=lots_wire.told(line.lots),
        )
        for line in event.lines
        if line.quantity > 0
    ]


def handed(movement: Movement) -> Handed:
    """A handover that was not booked before."""
    return Handed(movement.line_no, movement.sku, movement.location_id, -movement.quantity)


def codes(heard: Heard) -> tuple[set[str], set[str]]:
    """Every SKU and location that the batch names."""
    promised = [(one.sku, one.location_id) for news in heard.news.values() for one in news.promises]
    places = {*((row[0], row[1]) for row in heard.sales), *promised, *(one.place for one in heard.handovers)}
    return {sku for sku, _ in places}, {location_id for _, location_id in places}


def in_parts(heard: Heard, kits: History, promised: Mapping[str, datetime], tracked: Collection[str]) -> None:
    """A kit leaves in its parts; what was promised of one stands in its parts already, if it was held.

    A sale is taken apart as of its day, an order as of the day on which its goods were `promised`.
    """
    skus = {row[0] for row in heard.sales} | {one.sku for one in heard.handovers}
    skus.update(one.sku for news in heard.news.values() for one in news.promises)
    skus.update(one.sku for news in heard.news.values() for one in news.ended)
    if not any(sku in kits for sku in skus):
        return
    heard.sales = sorted(
        (sku, *row[1:2], row[2] * units, *row[3:])
        for row in heard.sales
        for sku, units in kits.parts(row[0], row[6]).items()
    )
    named = [_in_parts(heard, one, kits.parts(one.sku, one.business_time), tracked) for one in heard.named]
    heard.named = [part for parts in named for part in parts if part.lots]
    handed = [
        _in_parts(heard, one, kits.parts(one.sku, promised.get(one.source_id, one.business_time)), tracked)
        for one in heard.handovers
    ]
    heard.handovers = [part for parts in handed for part in parts]
    for news in heard.news.values():
        at = promised.get(news.order_id, news.time)
        news.promises = [
            replace(one, sku=sku, quantity=one.quantity * units, kit_sku="" if sku == one.sku else one.sku)
            for one in news.promises
            for sku, units in kits.parts(one.sku, at).items()
        ]
        news.ended = [
            replace(one, sku=sku, quantity=one.quantity * units)
            for one in news.ended
            for sku, units in kits.parts(one.sku, at).items()
        ]


def _in_parts(heard: Heard, one: Movement, made_of: Mapping[str, int], tracked: Collection[str]) -> list[Movement]:
    """A kit's movement as those of its parts, each with its own lots."""
    if one.sku in made_of:
        return [one]
    lots, strange = domain_parts.of_parts(one.lots, made_of, tracked)
    if strange:
        heard.strange.append(replace(one, lots=strange))
    return [
        replace(one, sku=sku, quantity=one.quantity * units, lots=lots.get(sku, ())) for sku, units in made_of.items()
    ]
