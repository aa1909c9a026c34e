"""Lots and serials between protobuf and the domain."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from kit.errors import invalid
from omo.inventory.v1 import lots_events_pb2 as events
from omo.inventory.v1 import lots_pb2 as pb
from omo.inventory.v1 import stock_pb2
from omo.type.v1 import event_pb2, lot_pb2
from services.inventory import wire as fields
from services.inventory.lots import domain
from services.inventory.lots.domain import Balance, Lot, Units
from services.inventory.lots.domain_entries import Entry

_MOST = 1_000
_LONGEST = 64


def units(field: str, given: Sequence[lot_pb2.LotUnits]) -> tuple[Units, ...]:
    """What a command names, each lot and serial once."""
    if len(given) > _MOST:
        raise invalid(field, f"must be at most {_MOST}")
    found = [_units(f"{field}[{number}]", one) for number, one in enumerate(given)]
    if len({one.serial or one.key for one in found}) < len(found):
        raise invalid(field, "each lot and serial may be named once")
    return tuple(found)


def _units(path: str, given: lot_pb2.LotUnits) -> Units:
    lot = fields.code(f"{path}.lot", given.lot) if given.lot else ""
    serial = fields.code(f"{path}.serial", given.serial) if given.serial else ""
    quantity = fields.quantity(f"{path}.quantity", given.quantity)
    if serial and quantity != 1:
        raise invalid(f"{path}.quantity", "must be 1 with a serial")
    found = domain.named(lot, serial, quantity, day(f"{path}.expire_date", given.expire_date))
    if found is None:
        raise invalid(f"{path}.lot", "must be given, or a serial or a last day")
    return found


def day(field: str, given: str) -> date | None:
    """A day as it is written, if it is."""
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise invalid(field, "must be a day, YYYY-MM-DD") from None


def told(given: Iterable[lot_pb2.LotUnits]) -> tuple[Units, ...]:
    """What a fact names, as far as it can be kept."""
    found = (
        (domain.named(_kept(one.lot), _kept(one.serial), max(1, one.quantity), _day(one)), _kept(one.sku))
        for one in given
    )
    return tuple(replace(one, sku=sku) for one, sku in found if one is not None)


def _kept(code: str) -> str:
    return "".join(filter(str.isprintable, code)).strip()[:_LONGEST].strip()


def _day(given: lot_pb2.LotUnits) -> date | None:
    try:
        return date.fromisoformat(given.expire_date) if given.expire_date else None
    except ValueError:
        return None


def shown(given: Units) -> lot_pb2.LotUnits:
    """Units as the API shows them."""
    return lot_pb2.LotUnits(
        lot=given.lot, serial=given.serial, quantity=given.quantity, expire_date=_text(given.expire_date)
    )


def _text(given: date | None) -> str:
    return given.isoformat() if given else ""


def lot(given: Lot) -> pb.Lot:
    return pb.Lot(
        sku=given.sku,
        lot=given.lot,
        serial=given.serial,
        expire_date=_text(given.expire_date),
        state=pb.LotState.Value(f"LOT_STATE_{given.state}"),
        note=given.note,
        create_time=fields.timestamp(given.create_time),
        version=given.version,
    )


def balance(given: Balance, expected: int) -> pb.LotBalance:
    """How much is where, and how much is believed to be."""
    return pb.LotBalance(
        sku=given.sku,
        location_id=given.location_id,
        lot=given.lot,
        serial=given.serial,
        expire_date=_text(given.expire_date),
        state=pb.LotState.Value(f"LOT_STATE_{given.state}"),
        on_hand=given.on_hand,
        put_aside=given.put_aside,
        expected=expected,
        since_time=fields.timestamp(given.since_time),
    )


def entry(given: Entry, recorded: datetime) -> pb.LotEntry:
    return pb.LotEntry(
        sku=given.sku,
        location_id=given.location_id,
        lot=given.lot,
        serial=given.serial,
        quantity=given.quantity,
        put_aside=given.put_aside,
        kind=stock_pb2.MovementKind.Value(f"MOVEMENT_KIND_{given.kind}"),
        source_id=given.source_id,
        line_no=given.line_no,
        reason=given.reason,
        business_time=fields.timestamp(given.business_time),
        record_time=fields.timestamp(recorded),
        actor=fields.actor(given.who.kind, given.who.id, given.who.terminal_id),
    )


def changed(given: Lot, at: datetime) -> events.LotChanged:
    meta = event_pb2.EventMeta(
        aggregate_id=f"{given.sku}:{given.lot}:{given.serial}",
        sequence=given.version,
        business_time=fields.timestamp(at),
        reason=given.state,
    )
    return events.LotChanged(meta=meta, lot=lot(given))
