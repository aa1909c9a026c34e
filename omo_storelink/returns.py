"""What a till says of goods that it took back: by themselves, or beside what the shopper took instead."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from omo.storefacts.v1 import facts_pb2 as pb
from omo.type.v1 import trade_pb2

DISPOSITIONS = ("restock", "damaged", "quarantine", "vendor")


@dataclass(frozen=True, slots=True)
class Back:
    """Goods that came back. `line_no` is the receipt's; 0 where the till does not know it.

    `serials`: which ones they are, of goods that have serials, as far as somebody scanned them.
    """

    sku: str
    quantity: int
    line_no: int = 0
    disposition: str = "restock"
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paid:
    """Money that the till gave for them, such as Paid("CASH", 500); never a card number as its reference."""

    kind: str
    amount: int
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Bought:
    """What the goods were sold with: the sale's id where the till knows it, or else the number as printed."""

    order_id: str = ""
    order_no: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """When and at which till it was; `channel_id` is the store's."""

    at: datetime
    receipt_no: str = ""
    cashier: str = ""
    offline: bool = False
    channel_id: str = "stores"


def goods_back(
    return_id: str, bought: Bought, goods: Iterable[Back], paid: Iterable[Paid], visit: Visit, reason: str = ""
) -> pb.SaleFact:
    """The fact of a visit in which goods came back and none were sold; `return_id` is a UUID that the till made."""
    fact = pb.SaleFact(
        sale_id=return_id, receipt_no=visit.receipt_no, channel_id=visit.channel_id, cashier_staff_code=visit.cashier,
        offline=visit.offline, returned=_taken_back(return_id, bought, goods, paid, reason),
    )  # fmt: skip
    fact.business_time.FromDatetime(visit.at)
    return fact


def exchanged(
    sale: pb.SaleFact, return_id: str, bought: Bought, goods: Iterable[Back], *, keeps: int,
    paid: Iterable[Paid] = (), reason: str = "",
) -> pb.SaleFact:  # fmt: skip
    """The same sale with goods brought back: `keeps` of what they had cost pays for its lines, `paid` is given back."""
    if keeps < 1:
        raise ValueError("keeps: must be 1 or more")
    found = pb.SaleFact()
    found.CopyFrom(sale)
    kept = Paid("RETURN", keeps, return_id)
    found.tenders.append(_tender(kept))
    found.returned.CopyFrom(_taken_back(return_id, bought, goods, [kept, *paid], reason))
    return found


def _taken_back(
    return_id: str, bought: Bought, goods: Iterable[Back], paid: Iterable[Paid], reason: str
) -> pb.UnitsTakenBack:
    lines = [_line(one) for one in goods]
    if not lines:
        raise ValueError("goods: must name what came back")
    if not (bought.order_id or bought.order_no):
        raise ValueError("bought: must say what the goods were sold with")
    return pb.UnitsTakenBack(
        return_id=str(uuid.UUID(return_id)), order_id=bought.order_id, order_no=bought.order_no, lines=lines,
        refunds=[_tender(one) for one in paid], reason=reason,
    )  # fmt: skip


def _line(one: Back) -> pb.TakenBackUnits:
    if one.quantity < 1:
        raise ValueError("quantity: must be 1 or more")
    if one.disposition not in DISPOSITIONS:
        raise ValueError(f"disposition: must be one of {', '.join(DISPOSITIONS)}")
    if len(one.serials) > one.quantity:
        raise ValueError("serials: must be no more than the quantity")
    return pb.TakenBackUnits(
        line_no=one.line_no, sku=one.sku, quantity=one.quantity, disposition=one.disposition, serials=one.serials
    )


def _tender(one: Paid) -> pb.SaleTender:
    if one.amount < 1:
        raise ValueError("amount: must be 1 or more")
    kind = trade_pb2.TenderKind.Value(f"TENDER_KIND_{one.kind}")
    return pb.SaleTender(kind=kind, amount=one.amount, reference=one.reference)
