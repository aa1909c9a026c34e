"""Assortments as messages and events."""

from datetime import datetime

from kit import fields as kit_fields
from kit.errors import invalid
from omo.inventory.v1 import catalogue_assortment_service_pb2 as rpc
from omo.inventory.v1 import catalogue_events_pb2 as events
from omo.inventory.v1 import catalogue_pb2 as pb
from omo.type.v1 import event_pb2
from omo_pricing import NotSold, Window
from services.inventory import wire as fields
from services.inventory.assortment.domain import Assortment, Entry


def assortments(request: rpc.PutAssortmentsRequest) -> list[Assortment]:
    if not 1 <= len(request.assortments) <= 200:
        raise invalid("assortments", "must be 1 to 200")
    found = [_assortment(f"assortments[{number}]", given) for number, given in enumerate(request.assortments)]
    if len({one.sku for one in found}) < len(found):
        raise invalid("assortments", "each SKU may be named once")
    return found


def _assortment(path: str, given: pb.Assortment) -> Assortment:
    if len(given.entries) > 500:
        raise invalid(f"{path}.entries", "must be at most 500")
    entries = [_entry(f"{path}.entries[{number}]", one) for number, one in enumerate(given.entries)]
    ordered = sorted(entries, key=lambda one: (one.scope, one.scope_id))
    if len({(one.scope, one.scope_id) for one in ordered}) < len(ordered):
        raise invalid(f"{path}.entries", "each channel and location may be named once")
    return Assortment(fields.code(f"{path}.sku", given.sku), tuple(ordered))


def _entry(path: str, given: pb.AssortmentEntry) -> Entry:
    if bool(given.channel_id) == bool(given.location_id):
        raise invalid(f"{path}.channel_id", "must be given, or location_id, and not both")
    scope, scope_id = ("CHANNEL", given.channel_id) if given.channel_id else ("LOCATION", given.location_id)
    name = "channel_id" if given.channel_id else "location_id"
    begins = _moment(given, f"{path}.published_time", "published_time")
    ends = _moment(given, f"{path}.unpublished_time", "unpublished_time")
    if begins and ends and ends <= begins:
        raise invalid(f"{path}.unpublished_time", "must be after published_time")
    window = Window(withheld=True) if given.withheld else Window(begins, ends)
    return Entry(scope, fields.code(f"{path}.{name}", scope_id), window)


def _moment(given: pb.AssortmentEntry, path: str, name: str) -> datetime | None:
    return kit_fields.moment(getattr(given, name), path) if given.HasField(name) else None  # type: ignore[arg-type]


def message(given: Assortment) -> pb.Assortment:
    """An assortment as the API shows it."""
    return pb.Assortment(sku=given.sku, version=given.version, entries=map(_shown, given.entries))


def _shown(given: Entry) -> pb.AssortmentEntry:
    found = pb.AssortmentEntry(withheld=given.window.withheld)
    setattr(found, "channel_id" if given.scope == "CHANNEL" else "location_id", given.scope_id)
    if given.window.published:
        found.published_time.CopyFrom(fields.timestamp(given.window.published))
    if given.window.unpublished:
        found.unpublished_time.CopyFrom(fields.timestamp(given.window.unpublished))
    return found


def changed(given: Assortment, at: datetime) -> events.AssortmentChanged:
    meta = event_pb2.EventMeta(aggregate_id=given.sku, sequence=given.version, business_time=fields.timestamp(at))
    return events.AssortmentChanged(meta=meta, assortment=message(given))


def sellable(why: NotSold | None) -> rpc.CheckSellableResponse:
    if why is None:
        return rpc.CheckSellableResponse(sellable=True)
    return rpc.CheckSellableResponse(reason=rpc.NotSoldReason.Value(f"NOT_SOLD_REASON_{why.value}"))
