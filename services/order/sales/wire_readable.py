"""What makes a sale unreadable: the only ground on which a fact is refused."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from kit import fields
from kit.errors import Fault, invalid
from omo.storefacts.v1 import facts_pb2
from services.order.sales.domain import MAX_AMOUNT, MAX_FACTS

_CODE, _TEXT = 64, 255
_encoder = msgspec.json.Encoder()


def encode(value: Any) -> str:
    """JSON as text, which is how the driver takes it."""
    return _encoder.encode(value).decode()


def check_frame(frame: facts_pb2.SalesFrame) -> None:
    if frame.first_sequence < 1:
        raise invalid("frame.first_sequence", "must be 1 or more")
    if len(frame.facts) > MAX_FACTS:
        raise invalid("frame.facts", f"must be at most {MAX_FACTS}")


def check_till(terminal_id: str, location_id: str) -> None:
    """What the store door must say of whoever sends."""
    if not terminal_id:
        raise invalid("terminal_id", "must be given")
    _code("terminal_id", terminal_id)
    if not location_id:
        raise invalid("location_id", "must be given")
    _code("location_id", location_id)


def check_head(where: str, fact: facts_pb2.SaleFact) -> None:
    """Texts that fit, and no more."""
    _code(f"{where}.receipt_no", fact.receipt_no)
    _code(f"{where}.channel_id", fact.channel_id)
    _code(f"{where}.currency_code", fact.currency_code)
    _code(f"{where}.cashier_staff_code", fact.cashier_staff_code)
    _code(f"{where}.rules_version", fact.rules_version)
    _text(f"{where}.external_id", fact.external_id)


def moment(where: str, fact: facts_pb2.SaleFact, now: datetime) -> datetime | None:
    """When it was sold; None where the till's clock cannot have been right."""
    given = fact.business_time
    if not fact.HasField("business_time"):
        raise invalid(where, "must be given")
    return given.ToDatetime(UTC) if fields.possible(given, now) else None


def check_line(where: str, line: facts_pb2.SaleLine, seen: set[int]) -> None:
    """Numbers that agree with each other, under a number of its own."""
    number, listed, net = line.line_no, line.list_total, line.net_total
    if number < 1 or number in seen:
        raise _refused(where, number, "line_no", "must be 1 or more, and no other line's")
    taken = _taken(where, number, line.discounts) if line.discounts else 0
    if listed - taken != net:
        raise _refused(where, number, "net_total", "must be list_total less discounts")
    if max(abs(listed), abs(net), abs(line.tax_total), abs(line.quantity)) > MAX_AMOUNT:
        raise _refused(where, number, "amounts", f"must be at most {MAX_AMOUNT}")
    names = f"{line.sku}\x01{line.barcode}\x01{line.seller_staff_code}"
    if len(names) > _CODE or "\x00" in names:
        _check_names(f"{where}[line_no {number}]", line)
    if not 0 <= line.method <= 3:
        raise _refused(where, number, "method", "must be a known way to the shopper")


def _taken(where: str, number: int, discounts: Iterable[facts_pb2.SaleDiscount]) -> int:
    taken = 0
    for each in discounts:
        if each.amount < 0:
            raise _refused(where, number, "discounts.amount", "must not be negative")
        taken += each.amount
        names = f"{each.rule_id}\x01{each.rule_version}\x01{each.stage}"
        if len(names) > _CODE or "\x00" in names:
            for name in (each.rule_id, each.rule_version, each.stage):
                _code(f"{where}[line_no {number}].discounts", name)
    return taken


def check_tender(where: str, place: int, tender: facts_pb2.SaleTender) -> None:
    if abs(tender.amount) > MAX_AMOUNT:
        raise invalid(f"{where}[{place}].amount", f"must be at most {MAX_AMOUNT}")
    _text(f"{where}[{place}].reference", tender.reference)


def _check_names(where: str, line: facts_pb2.SaleLine) -> None:
    _code(f"{where}.sku", line.sku)
    _code(f"{where}.barcode", line.barcode)
    _code(f"{where}.seller_staff_code", line.seller_staff_code)


def _code(where: str, text: str) -> None:
    if len(text) > _CODE or "\x00" in text:
        raise invalid(where, f"must have at most {_CODE} characters, none of them NUL")


def _text(where: str, text: str) -> None:
    if len(text) > _TEXT or "\x00" in text:
        raise invalid(where, f"must have at most {_TEXT} characters, none of them NUL")


def _refused(where: str, number: int, field: str, rule: str) -> Fault:
    return invalid(f"{where}[line_no {number}].{field}", rule)
