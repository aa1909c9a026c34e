"""What can be had, as messages."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from google.protobuf.message import Message

from kit.errors import invalid
from omo.inventory.v1 import availability_events_pb2 as events
from omo.inventory.v1 import availability_pb2 as pb
from omo.inventory.v1 import availability_service_pb2 as rpc
from omo.inventory.v1 import catalogue_pb2, stock_pb2
from omo.type.v1 import event_pb2
from services.inventory import wire as fields
from services.inventory.availability import domain_atp, domain_rules, domain_table, wire_rules
from services.inventory.availability.domain_atp import NOTHING, Shelves
from services.inventory.availability.domain_explain import Explanation, Part
from services.inventory.availability.domain_impact import Difference
from services.inventory.availability.domain_limits import Limits
from services.inventory.availability.domain_rules import Display, Show
from services.inventory.availability.domain_table import Table
from services.inventory.availability.domain_versions import Version
from services.inventory.availability.domain_watch import Told

_NUMBER, _NOTHING, _UNASKED = 0, 5, 6
_SHOWS = {show: pb.StockDisplayKind.Value(f"STOCK_DISPLAY_KIND_{show}") for show in Show}
_EXACT = Display()


def codes(name: str, given: list[str], least: int) -> list[str]:
    """Codes, each once, in the order that they were asked for."""
    found = list(dict.fromkeys(given))
    if not least <= len(found) <= 100:
        raise invalid(name, f"must be {least} to 100")
    return [fields.code(name, one) for one in found]


def table(given: Table, channel_id: str) -> rpc.ReadStockResponse:
    """Columns: a thousand cells as a thousand messages would take longer to write than to look up."""
    message = rpc.ReadStockResponse(
        skus=given.skus, location_ids=given.location_ids, as_of_time=fields.timestamp(given.at)
    )
    cells: list[int] = []
    shown = bytearray()
    for sku in given.skus:
        row = domain_table.row(given, sku, channel_id)
        display = _EXACT if given.behind else given.limits.display(channel_id, sku)
        cells += row if display.show is Show.EXACT else [0] * len(row)
        shown += _marks(given, sku, row, display)
    message.available.extend(cells)
    message.shown = bytes(shown) if any(shown) else b""
    return message


def _marks(given: Table, sku: str, row: list[int], display: Display) -> bytes:
    """What stands in each cell of a row."""
    if display.show is Show.LEVELS:
        marks = bytes(domain_atp.band(one, display) for one in row)
    else:
        marks = bytes([_NUMBER if display.show is Show.EXACT else _NOTHING]) * len(row)
    if not given.all_places or given.limits.kits.get(sku):
        return marks
    there = given.shelves.get(sku, NOTHING).available
    pairs = zip(marks, given.location_ids, strict=True)
    return bytes(mark if place in there else _UNASKED for mark, place in pairs)


def levels(given: Table, channel_id: str) -> list[stock_pb2.StockLevel]:
    """The same for shoppers, a level a cell: what they may see of it and nothing else."""
    found = []
    for sku in given.skus:
        display = given.limits.display(channel_id, sku)
        row = domain_table.row(given, sku, channel_id)
        marks = _marks(given, sku, row, display)
        for place, units, mark in zip(given.location_ids, row, marks, strict=True):
            if mark != _UNASKED:
                shown = units if display.show is Show.EXACT else 0
                found.append(
                    stock_pb2.StockLevel(sku=sku, location_id=place, available=shown, sight=sight(units, display))
                )
    return found


def sight(quantity: int, display: Display) -> pb.Sight:
    """A quantity as its reader may see it."""
    number, band = domain_atp.seen(quantity, display)
    return pb.Sight(available=number, band=pb.StockBand.ValueType(band or 0))


def channel_stock(
    limits: Limits, shelves: Shelves, channel_id: str, sku: str, places: list[str], at: datetime, *, behind: bool
) -> pb.ChannelStock:
    """What a channel can sell of a good."""
    display = _EXACT if behind else limits.display(channel_id, sku)
    shipped, (refused, opens) = (
        domain_atp.for_channel(limits, shelves, channel_id, sku),
        limits.not_sold(channel_id, sku),
    )
    pool = () if refused else domain_atp.pool(limits, channel_id, sku)
    coming = domain_atp.coming(limits, shelves, sku, pool, at)
    message = pb.ChannelStock(
        sku=sku,
        display=_SHOWS[display.show],
        shipped=sight(shipped, display),
        backorder=domain_atp.backorder(limits, channel_id, sku) if display.show is Show.EXACT and not refused else 0,
        pickups=[_pickup(limits, shelves, channel_id, sku, place, display, at) for place in places],
        incoming=_incoming(coming, display),
        not_sold=refused or "",
    )
    first = at if shipped else (opens or (coming[0][0] if coming else None))
    if first and display.show is not Show.HIDDEN:
        message.available_from_time.CopyFrom(fields.timestamp(first))
    return message


def _incoming(coming: Iterable[tuple[datetime, int]], display: Display) -> list[pb.IncomingStock]:
    if display.show is Show.HIDDEN:
        return []
    return [
        pb.IncomingStock(expected_time=fields.timestamp(expected), more=sight(units, display))
        for expected, units in coming
    ]


def _pickup(
    limits: Limits, shelves: Shelves, channel_id: str, sku: str, place: str, display: Display, at: datetime
) -> pb.PickupOption:
    own = domain_atp.for_pickup(limits, shelves, sku, place) if limits.offered(channel_id, sku) else 0
    every = domain_atp.later(limits, shelves, channel_id, sku, place)
    message = pb.PickupOption(
        location_id=place,
        pickable=domain_atp.pickable(limits, sku, place),
        local=sight(own, display),
        all=sight(every, display),
    )
    if message.pickable and limits.offered(channel_id, sku):
        message.incoming.extend(_incoming(domain_atp.coming(limits, shelves, sku, [place], at), display))
    if every > own and display.show is not Show.HIDDEN:
        message.all_time.CopyFrom(fields.timestamp(at + timedelta(days=limits.transfer_days(sku, place))))
    return message


def explanation(given: Explanation) -> pb.AvailabilityExplanation:
    threshold, display = given.threshold_rule, given.display_rule
    return pb.AvailabilityExplanation(
        channel_id=given.channel_id,
        sku=given.sku,
        rules_version=given.version,
        parts=map(_part, given.parts),
        sum=sum(part.counted for part in given.parts),
        threshold=threshold.quantity if threshold else 0,
        threshold_rule_id=_id(threshold),
        unassigned=given.unassigned,
        available=given.available,
        display=_display(display.display if display else _EXACT),
        display_rule_id=_id(display),
        remarks=given.remarks,
        not_sold=given.not_sold or "",
        components=[catalogue_pb2.Component(sku=sku, quantity=each) for sku, each in given.components.items()],
    )


def _part(part: Part) -> pb.LocationPart:
    return pb.LocationPart(
        location_id=part.location_id,
        available=part.available,
        safety=part.safety,
        safety_rule_id=_id(part.safety_rule),
        counted=part.counted,
        excluded=part.excluded or "",
        excluded_rule_id=_id(part.excluded_rule),
        pickable=part.not_pickable is None,
        not_pickable=part.not_pickable or "",
        pickable_rule_id=_id(part.pickable_rule),
        backorder=part.backorder_rule.quantity if part.backorder_rule else 0,
        backorder_rule_id=_id(part.backorder_rule),
        confidence=part.confidence,
        incoming=part.incoming,
        hold_ttl_seconds=part.hold_ttl_rule.quantity if part.hold_ttl_rule else 0,
        hold_ttl_rule_id=_id(part.hold_ttl_rule),
    )


def _id(rule: domain_rules.Rule | None) -> str:
    return rule.rule_id if rule else ""


def _display(given: Display) -> pb.StockDisplay:
    return pb.StockDisplay(kind=_SHOWS[given.show], low_below=given.low_below, high_from=given.high_from)


def told(given: Told, at: datetime) -> Message:
    """What came or went, with all that there is now."""
    meta = event_pb2.EventMeta(aggregate_id=given.sku, sequence=given.sequence, business_time=fields.timestamp(at))
    if given.pickup:
        kind = events.BackForPickup if given.back else events.OutForPickup
        return kind(meta=meta, sku=given.sku, location_ids=given.changed, available_location_ids=given.now)
    name = events.BackInStock if given.back else events.OutOfStock
    return name(meta=meta, sku=given.sku, channel_ids=given.changed, available_channel_ids=given.now)


def rules_changed(given: Version, at: datetime) -> events.AvailabilityRulesChanged:
    meta = event_pb2.EventMeta(
        aggregate_id="availability", sequence=given.version, business_time=fields.timestamp(at), reason=given.note
    )
    # the rules themselves may be longer than an event; who wants them asks
    return events.AvailabilityRulesChanged(meta=meta, rules=wire_rules.version(given, whole=False))


def example(given: Difference) -> pb.ImpactExample:
    return pb.ImpactExample(
        sku=given.sku,
        channel_id=given.channel_id,
        location_id=given.location_id,
        before=given.before,
        after=given.after,
    )
