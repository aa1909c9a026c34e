"""Protobuf to and from prepaid goods."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from kit import fields
from kit.errors import invalid
from kit.ids import uuid7
from omo.member.v1 import member_events_pb2
from omo.member.v1 import prepaid_service_pb2 as pb
from omo.type.v1 import event_pb2
from services.member.prepaid import domain
from services.member.prepaid.domain import InvoiceTiming, Pack, Program, RefundTo
from services.member.value.wire import MOST

_DAYS, _UPGRADES = 3_650, 50


def program(given: pb.PrepaidProgram) -> Program:
    """What headquarters put; refuses what makes no sense, naming the field."""
    for name, most in (("units", MOST), ("price", MOST), ("list_price", MOST), ("valid_days", _DAYS)):
        if not 1 <= getattr(given, name) <= most:
            raise invalid(f"program.{name}", f"must be 1 to {most}")
    if given.list_price * given.units < given.price:
        raise invalid("program.list_price", "must not make the pack dearer than its units")
    if len(given.upgrade_skus) > _UPGRADES:
        raise invalid("program.upgrade_skus", f"must be at most {_UPGRADES}")
    if given.invoice_timing not in tuple(int(timing) for timing in InvoiceTiming):
        raise invalid("program.invoice_timing", "must be AT_PURCHASE or AT_REDEMPTION")
    if given.refund_to not in (0, *(int(where) for where in RefundTo)):
        raise invalid("program.refund_to", "must be CREDIT or TENDER")
    if given.pack_sku and given.pack_sku == given.sku:
        raise invalid("program.pack_sku", "must be another good than its units are")
    upgrades = tuple(fields.code(f"program.upgrade_skus[{n}]", sku) for n, sku in enumerate(given.upgrade_skus))
    return Program(
        fields.identifier("program.program_id", given.program_id) if given.program_id else uuid7(),
        fields.text("program.name", given.name, 100),
        fields.code("program.sku", given.sku),
        given.units,
        given.price,
        given.list_price,
        given.valid_days,
        upgrades,
        given.giftable,
        InvoiceTiming(given.invoice_timing),
        given.active,
        RefundTo(given.refund_to or RefundTo.CREDIT),
        fields.code("program.pack_sku", given.pack_sku) if given.pack_sku else "",
    )


def shown(given: Program) -> pb.PrepaidProgram:
    """A programme."""
    return pb.PrepaidProgram(
        program_id=given.program_id,
        name=given.name,
        sku=given.sku,
        units=given.units,
        price=given.price,
        list_price=given.list_price,
        valid_days=given.valid_days,
        upgrade_skus=given.upgrade_skus,
        giftable=given.giftable,
        invoice_timing=pb.InvoiceTiming.ValueType(given.invoice_timing),
        active=given.active,
        refund_to=pb.PrepaidRefundTo.ValueType(given.refund_to),
        pack_sku=given.pack_sku,
    )


def refund_due(given: Pack, buyer_id: str, amount: int, now: datetime) -> member_events_pb2.PrepaidRefundDue:
    """A refund that somebody is to pay back."""
    return member_events_pb2.PrepaidRefundDue(
        meta=event_pb2.EventMeta(aggregate_id=buyer_id, business_time=fields.timestamp(now)),
        pack_id=given.pack_id,
        member_id=buyer_id,
        order_id=given.order_id or "",
        location_id=given.location_id,
        amount=amount,
        line_no=given.line_no,
    )


def refund(row: Mapping[str, Any]) -> pb.PrepaidRefund:
    """A refund that is owed."""
    return pb.PrepaidRefund(
        pack_id=row["pack_id"],
        member_id=row["buyer_id"],
        order_id=row["order_id"] or "",
        location_id=row["location_id"],
        amount=row["amount"],
        due_time=fields.timestamp(row["due_time"]),
    )


def pack(given: Pack) -> pb.PrepaidPack:
    """A pack as it was sold."""
    return pb.PrepaidPack(
        pack_id=given.pack_id,
        program_id=given.program_id,
        member_id=given.buyer_id,
        location_id=given.location_id,
        units=given.units,
        paid=given.paid,
        list_price=given.list_price,
        sale_time=fields.timestamp(given.sale_time),
        expire_time=fields.timestamp(given.expire_time),
        refund=given.refund,
        invoice_timing=pb.InvoiceTiming.ValueType(given.invoice_timing),
        order_id=given.order_id or "",
        line_no=given.line_no,
    )


def breakage(ended: Iterable[tuple[Pack, int]]) -> list[pb.PrepaidBreakage]:
    """What became of packs, by programme."""
    found: dict[str, pb.PrepaidBreakage] = {}
    for one, redeemed in ended:
        row = found.setdefault(one.program_id, pb.PrepaidBreakage(program_id=one.program_id))
        row.packs += 1
        row.units += one.units
        row.redeemed += redeemed
        row.expired += one.units - redeemed
        row.paid += one.paid
        row.refunded += one.refund
        row.breakage += domain.breakage(one.paid, one.refund, one.units, redeemed)
    return [row for _, row in sorted(found.items())]


def settlement(row: Mapping[str, Any]) -> pb.PrepaidSettlement:
    """What one store owes another."""
    return pb.PrepaidSettlement(
        seller_location_id=row["seller"],
        redeemer_location_id=row["redeemer"],
        units=row["units"],
        amount=row["amount"],
    )
