"""What a till took back, as it told it beside a sale: whatever can be read of it counts."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from kit.errors import invalid
from omo.storefacts.v1 import facts_pb2
from omo.type.v1 import trade_pb2
from services.order.returns.domain_till import Given, Goods, TakenBack
from services.order.sales.domain import MAX_AMOUNT
from services.order.serials import wire as serials_wire

_CODE, _MOST = 64, 100
_OTHER = "OTHER"
_TENDERS = {number: name.removeprefix("TENDER_KIND_") for name, number in trade_pb2.TenderKind.items() if number}


def taken_back(where: str, fact: facts_pb2.SaleFact, sale_id: str, place: tuple[str, str], at: datetime) -> TakenBack:
    """The till's return; `place` is its terminal and its store. One without an id of its own has its sale's."""
    told = fact.returned
    if max(len(told.lines), len(told.refunds)) > _MOST:
        raise invalid(f"{where}.lines", f"must hold at most {_MOST}")
    return TakenBack(
        _id(told.return_id) or sale_id, sale_id, _id(told.order_id), _text(told.order_no), place[1], place[0],
        _text(told.reason), at, _goods(where, told.lines), _given(where, told.refunds), len(fact.lines) > 0,
    )  # fmt: skip


def _goods(where: str, lines: Iterable[facts_pb2.TakenBackUnits]) -> tuple[Goods, ...]:
    found = []
    for number, one in enumerate(lines):
        if not 0 <= one.quantity <= MAX_AMOUNT:
            raise invalid(f"{where}.lines[{number}].quantity", f"must be 0 to {MAX_AMOUNT}")
        if one.quantity:
            serials = serials_wire.told(one.serials, min(one.quantity, _MOST))
            found.append(Goods(one.line_no, _text(one.sku), one.quantity, _text(one.disposition), serials))
    return tuple(found)


def _given(where: str, refunds: Iterable[facts_pb2.SaleTender]) -> tuple[Given, ...]:
    found = []
    for number, one in enumerate(refunds):
        if not 0 <= one.amount <= MAX_AMOUNT:
            raise invalid(f"{where}.refunds[{number}].amount", f"must be 0 to {MAX_AMOUNT}")
        if one.amount:
            found.append(Given(_TENDERS.get(one.kind, _OTHER), one.amount, _text(one.reference)))
    return tuple(found)


def _id(given: str) -> str:
    """Lower-case; nothing where it is no id."""
    try:
        return str(uuid.UUID(given))
    except ValueError:
        return ""


def _text(given: str) -> str:
    """What fits of it: nobody refuses a return for a long word."""
    return given.replace("\x00", "")[:_CODE]
