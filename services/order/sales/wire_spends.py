"""What a store sale used of what its member holds, as the till said: facts, which nobody refuses."""

from collections.abc import Iterable
from typing import Any

import msgspec

from omo.type.v1 import spend_pb2, trade_pb2
from omo_pricing import allocate
from services.order.checkout.domain_spends import Kind, Use

_MOST = 10**15
_MAX_SPENDS = 20
_KINDS = {int(spend_pb2.SpendKind.Value(f"SPEND_KIND_{kind}")): kind for kind in Kind}
_encode = msgspec.json.Encoder().encode
# the place of the earn base among the columns of a line
_BASE = 7


def add(facts: Any, spends: Iterable[spend_pb2.Spend], rows: list[tuple[Any, ...]]) -> None:
    """Adds them to the sale's facts; what they paid earns no points, for it was earned on before or is points.

    Points have their own fields there; out of an offline voucher they stand among the rest as well, by its id.
    """
    kept = [spend for spend in spends if spend.kind and 0 <= spend.amount <= _MOST and 0 <= spend.quantity <= _MOST]
    for spend in kept[:_MAX_SPENDS]:
        if spend.kind == spend_pb2.SPEND_KIND_POINTS:
            facts.points_spent += spend.amount
        if spend.kind != spend_pb2.SPEND_KIND_POINTS or spend.ref:
            facts.spends.append(spend)
    by_points = sum(each.amount for each in facts.tenders if each.kind == trade_pb2.TENDER_KIND_POINTS)
    facts.points_value = by_points
    prepaid = sum(each.amount for each in facts.tenders if each.kind == trade_pb2.TENDER_KIND_PREPAID)
    _unearned(facts, rows, by_points + prepaid)


def documents(facts: Iterable[Any]) -> list[tuple[str, str, int]]:
    """By order, what it used, as orders keep it, and how many points."""
    return [
        (one.order_id, _encode([use for use in map(_use, one.spends) if use]).decode(), one.points_spent)
        for one in facts
        if one.spends or one.points_spent
    ]


def _use(spend: spend_pb2.Spend) -> Use | None:
    kind = _KINDS.get(spend.kind)
    if kind is None:
        return None
    return Use(
        kind, spend.ref, spend.amount, spend.quantity, spend.rule_id, spend.rule_version, spend.line_no, spend.sku,
        spend.unit_value, spend.pays,
    )  # fmt: skip


def _unearned(facts: Any, rows: list[tuple[Any, ...]], paid: int) -> None:
    """Spreads what points and prepaid units paid over the lines, by what they earn on."""
    bases = [line.earn_base for line in facts.lines]
    shares = allocate(min(max(paid, 0), sum(bases)), bases)
    for place, (line, share) in enumerate(zip(facts.lines, shares, strict=True)):
        if share:
            line.earn_base -= share
            row = rows[place]
            rows[place] = (*row[:_BASE], line.earn_base, *row[_BASE + 1 :])
