"""Protobuf to and from the program."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from kit import fields
from kit.errors import invalid
from omo.inventory.v1 import catalogue_events_pb2
from omo.member.v1 import member_events_pb2, member_pb2
from omo.member.v1 import points_service_pb2 as points_pb
from omo.member.v1 import program_pb2 as pb
from services.member.program import domain_calendar as calendar
from services.member.program import domain_validity
from services.member.program.domain import (
    Activation,
    Begins,
    Downgrade,
    EarningRule,
    Ends,
    Expiry,
    Goods,
    Metric,
    Mode,
    OnReturn,
    Period,
    Program,
    Scope,
    Start,
    Tier,
    TierPolicy,
    Validity,
)
from services.member.program.domain_calendar import NO_TIME, Duration, Rounding
from services.member.program.wire_said import said

E_ = TypeVar("E_")


def asked(message: member_pb2.Program, version: int, present: Program) -> Program:
    """What headquarters publishes as the next version; refuses what makes no sense, naming the field."""
    m = message
    rules = {rule.rule_id: rule for rule in present.rules}
    program = Program(
        version,
        m.amount_per_point,
        m.point_value,
        m.pending_days,
        m.expire_days,
        m.qualifying_days,
        _tiers(m.tiers),
        tuple(_rule(index, rule, rules) for index, rule in enumerate(m.earning_rules)),
        _scope(m.not_earning),
        tuple(
            (fields.code(f"program.location_multipliers[{at}].location_id", one.location_id), one.earn_multiplier_bp)
            for at, one in enumerate(m.location_multipliers)
        ),
        Activation(
            _known("program.activation.start", Start, m.activation.start),
            _duration("program.activation.after", m.activation.after),
            _known("program.activation.rounding", Rounding, m.activation.rounding),
        ),
        Expiry(_known("program.expiry.kind", Ends, m.expiry.kind), m.expiry.number, m.expiry.month, m.expiry.day),
        _known("program.return_policy", OnReturn, m.return_policy or OnReturn.UNLIMITED),
        m.reinstate_days,
        m.return_window_days,
        _policy(m.tier_policy),
    )
    domain_validity.check(program)
    return program


def _tiers(messages: Sequence[member_pb2.Tier]) -> tuple[Tier, ...]:
    bounds = [(tier.min_spend, tier.below_spend) for tier in messages]
    domain_validity.check_bounds(bounds)
    names = [fields.code(f"program.tiers[{index}].tier", tier.tier) for index, tier in enumerate(messages)]
    return tuple(
        Tier(name, tier.min_spend, tier.valid_days, tier.earn_multiplier_bp)
        for name, tier in zip(names, messages, strict=True)
    )


def _rule(index: int, m: pb.EarningRule, present: dict[str, EarningRule]) -> EarningRule:
    """A rule that is published as it was keeps its version."""
    where = f"program.earning_rules[{index}]"
    before = present.get(m.rule_id)

    def of(version: int) -> EarningRule:
        return EarningRule(
            fields.code(f"{where}.rule_id", m.rule_id),
            version,
            _known(f"{where}.mode", Mode, m.mode),
            m.points,
            m.amount,
            m.min_quantity,
            m.min_amount,
            m.min_amount_without_tax,
            _scope(m.scope),
            tuple(m.tiers),
            tuple(m.location_ids),
            tuple(m.channel_ids),
            _time(m, "start_time"),
            _time(m, "end_time"),
            m.unmultiplied,
        )

    return before if before and of(before.version) == before else of(before.version + 1 if before else 1)


def _policy(m: pb.TierPolicy) -> TierPolicy:
    where = "program.tier_policy"
    return TierPolicy(
        _known(f"{where}.metric", Metric, m.metric or Metric.SPEND),
        _known(f"{where}.period", Period, m.period or Period.ROLLING),
        _known(f"{where}.start", Begins, m.start or Begins.IMMEDIATE),
        _known(f"{where}.validity", Validity, m.validity or Validity.TIER_START),
        m.cycle_month,
        m.cycle_day,
        _known(f"{where}.downgrade", Downgrade, m.downgrade or Downgrade.BALANCE_BASED),
        _duration(f"{where}.grace", m.grace),
        _known(f"{where}.grace_rounding", Rounding, m.grace_rounding),
        m.balance_drop,
        _duration(f"{where}.balance_drop_after", m.balance_drop_after),
        m.return_days,
        _scope(m.excluded),
        m.count_delivery,
        tuple(m.expiring_days),
    )


def _known(field: str, of: Callable[[int], E_], number: int) -> E_:
    try:
        return of(number)
    except ValueError:
        raise invalid(field, "must be a known value") from None


def _duration(field: str, text: str) -> Duration:
    try:
        return calendar.duration(text) if text else NO_TIME
    except ValueError:
        raise invalid(field, "must be an ISO 8601 duration such as P14D, P1M or PT12H") from None


def _scope(m: pb.GoodsScope) -> Scope:
    return Scope(tuple(m.skus), tuple(m.product_ids), tuple(m.categories), tuple(m.tags))


def _time(message: Any, field: str) -> datetime | None:
    return getattr(message, field).ToDatetime(UTC) if message.HasField(field) else None


def program(found: Program) -> member_pb2.Program:
    """The program as it is published; what older versions did not say stays unsaid."""
    message = member_pb2.Program(
        version=found.version,
        amount_per_point=found.amount_per_point,
        point_value=found.point_value,
        pending_days=found.pending_days,
        expire_days=found.expire_days,
        qualifying_days=found.qualifying_days,
        tiers=[
            member_pb2.Tier(
                tier=tier.tier,
                min_spend=tier.min_spend,
                valid_days=tier.valid_days,
                earn_multiplier_bp=tier.multiplier_bp,
            )
            for tier in found.tiers
        ],
    )
    said(found, message)
    return message


def program_changed(found: Program, now: datetime) -> member_events_pb2.ProgramChanged:
    """The event that a program is in force."""
    event = member_events_pb2.ProgramChanged(program=program(found))
    event.meta.aggregate_id = "program"
    event.meta.sequence = found.version
    event.meta.business_time.CopyFrom(fields.timestamp(now))
    return event


def goods(event: catalogue_events_pb2.ProductChanged) -> list[tuple[str, Goods, int]]:
    """How the catalogue sorts each good of a product, as of which version."""
    product = event.product
    sorted_so = Goods(product.product_id, tuple(product.categories), tuple(product.tags))
    return [(variant.sku, sorted_so, product.version) for variant in product.variants]


def version(row: Mapping[str, Any]) -> points_pb.ProgramVersion:
    """One publication of the program."""
    return points_pb.ProgramVersion(
        version=row["version"], actor=row["actor"], publish_time=fields.timestamp(row["record_time"])
    )
