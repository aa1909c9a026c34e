"""Protobuf to and from value: uses, lots, entries."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from kit import fields
from kit.errors import invalid
from omo.member.v1 import wallet_pb2 as pb
from omo.type.v1 import spend_pb2
from services.member.value.domain import MONEY, OPENERS, Kind, Lot, Use

MOST = 1_000_000_000
_KINDS = {int(kind) for kind in Kind if kind is not Kind.POINTS}
_BY_REF = (Kind.GIFT_CARD, Kind.COUPON, Kind.PREPAID, Kind.BENEFIT)


def uses(spends: Sequence[spend_pb2.Spend], most: int) -> tuple[Use, ...]:
    """What is to be spent; refuses what cannot be read or stands there twice, naming the field."""
    if len(spends) > most:
        raise invalid("spends", f"must be at most {most}")
    read = tuple(_use(f"spends[{place}]", spend) for place, spend in enumerate(spends))
    if len({(use.kind, use.ref) for use in read}) < len(read):
        raise invalid("spends", "must not name the same thing twice")
    return read


def told(spends: Iterable[spend_pb2.Spend]) -> tuple[Use, ...]:
    """What an order says that it spent: a fact, so what makes no sense is left out and refused by nobody."""
    given = [_given(spend) for spend in spends if int(spend.kind) in _KINDS]
    return tuple(use for use in given if use.takes > 0 and (use.kind is Kind.CREDIT or use.ref))


def returned(spends: Iterable[spend_pb2.Spend]) -> list[tuple[Kind, str, int]]:
    """What comes back, as (kind, lot, amount); what paid in several parts is one sum."""
    sums = Counter[tuple[Kind, str]]()
    for use in told(spends):
        sums[use.kind, use.ref if use.kind is not Kind.CREDIT else ""] += use.takes
    return [(kind, ref, amount) for (kind, ref), amount in sums.items()]


def lot(given: Lot, now: datetime) -> pb.ValueLot:
    """A lot as the wallet shows it."""
    terms = given.terms
    return pb.ValueLot(
        lot_id=given.lot_id,
        kind=spend_pb2.SpendKind.ValueType(given.kind),
        state=pb.ValueState.Value(f"VALUE_STATE_{given.state(now)}"),
        active=0 if given.over(now) else given.active,
        held=given.held,
        issued=given.issued,
        owed=given.owed,
        issue_time=fields.timestamp(given.issue_time),
        begin_time=fields.timestamp(given.begin_time),
        expire_time=moment(given.expire_time),
        name=terms.name,
        rule_id=terms.rule_id,
        rule_version=terms.rule_version,
        sku=terms.sku,
        upgrade_skus=terms.upgrade_skus,
        unit_value=terms.unit_value,
        source_id=given.source_id,
    )


def entry(row: Mapping[str, Any]) -> pb.WalletEntry:
    """One line of a statement."""
    return pb.WalletEntry(
        entry_id=row["transfer_id"],
        verb=pb.ValueVerb.ValueType(row["verb"]),
        kind=spend_pb2.SpendKind.ValueType(row["kind"]),
        amount=row["amount"],
        business_time=fields.timestamp(row["business_time"]),
        order_id=row["order_id"] or "",
        location_id=row["location_id"],
        reason=row["reason"],
    )


def moment(given: datetime | None) -> Timestamp | None:
    """A moment that may be none."""
    return fields.timestamp(given) if given else None


def _use(where: str, spend: spend_pb2.Spend) -> Use:
    if int(spend.kind) not in _KINDS:
        raise invalid(f"{where}.kind", "must be CREDIT, GIFT_CARD, COUPON, PREPAID or BENEFIT")
    kind = Kind(spend.kind)
    if kind in _BY_REF:
        fields.identifier(f"{where}.ref", spend.ref)
    if kind in MONEY and not 1 <= spend.amount <= MOST:
        raise invalid(f"{where}.amount", f"must be 1 to {MOST}")
    if kind is Kind.PREPAID and not 1 <= spend.quantity <= MOST:
        raise invalid(f"{where}.quantity", f"must be 1 to {MOST}")
    if kind in OPENERS and not spend.rule_id:
        raise invalid(f"{where}.rule_id", "must name the rule that it opens")
    return _given(spend)


def _given(spend: spend_pb2.Spend) -> Use:
    kind = Kind(spend.kind)
    return Use(
        kind,
        spend.ref.lower() if kind is not Kind.CREDIT else "",
        spend.amount,
        spend.quantity,
        spend.rule_id,
        spend.rule_version,
        spend.line_no,
        spend.sku,
        spend.unit_value,
    )
