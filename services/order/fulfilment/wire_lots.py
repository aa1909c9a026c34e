"""Lots and serials of a handover between protobuf and the domain."""

from collections.abc import Iterable, Sequence
from datetime import date

from kit import fields
from kit.errors import invalid
from omo.order.v1 import fulfilment_service_pb2 as pb
from omo.type.v1 import lot_pb2
from services.order.fulfilment import domain_lots
from services.order.fulfilment.domain_lots import Named

_MOST = 1_000
_LARGEST = 1_000_000_000


def named(given: Sequence[pb.HandedOverLots]) -> list[Named]:
    """What a handover names, each refused by its field."""
    found = [
        _units(f"lots[{number}].lots[{place}]", line.line_no, one)
        for number, line in enumerate(given)
        for place, one in enumerate(line.lots)
    ]
    if len(found) > _MOST:
        raise invalid("lots", f"must be at most {_MOST}")
    if not domain_lots.once(found):
        raise invalid("lots", "each lot and serial may be named once")
    return found


def _units(path: str, line_no: int, given: lot_pb2.LotUnits) -> Named:
    lot, serial, sku = (
        fields.code(f"{path}.{name}", text) if text else ""
        for name, text in (("lot", given.lot), ("serial", given.serial), ("sku", given.sku))
    )
    if not 0 < given.quantity <= _LARGEST:
        raise invalid(f"{path}.quantity", f"must be 1 to {_LARGEST}")
    if serial and given.quantity != 1:
        raise invalid(f"{path}.quantity", "must be 1 with a serial")
    if not (lot or serial or given.expire_date):
        raise invalid(f"{path}.lot", "must be given, or a serial or a last day")
    return Named(line_no, lot, serial, _day(f"{path}.expire_date", given.expire_date), given.quantity, sku)


def _day(field: str, given: str) -> str:
    try:
        return date.fromisoformat(given).isoformat() if given else ""
    except ValueError:
        raise invalid(field, "must be a day, YYYY-MM-DD") from None


def shown(given: Iterable[Named]) -> list[lot_pb2.LotUnits]:
    return [
        lot_pb2.LotUnits(
            lot=one.lot, serial=one.serial, expire_date=one.expire_date, quantity=one.quantity, sku=one.sku
        )
        for one in given
    ]
