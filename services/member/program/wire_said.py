"""The program's rules as protobuf."""

from kit import fields
from omo.member.v1 import member_pb2
from omo.member.v1 import program_pb2 as pb
from services.member.program.domain import Activation, EarningRule, Expiry, Program, Scope, TierPolicy
from services.member.program.domain_calendar import Duration


def said(found: Program, message: member_pb2.Program) -> None:
    """Fills in what a program says beyond its numbers and tiers."""
    message.earning_rules.extend(map(_rule, found.rules))
    if found.not_earning:
        message.not_earning.CopyFrom(_scope(found.not_earning))
    for location_id, times in found.location_multipliers:
        message.location_multipliers.add(location_id=location_id, earn_multiplier_bp=times)
    if found.activation != Activation():
        rule = found.activation
        message.activation.start = pb.ActivationStart.ValueType(rule.start)
        message.activation.after = iso(rule.after)
        message.activation.rounding = pb.Rounding.ValueType(rule.rounding)
    if found.expiry != Expiry():
        ends = found.expiry
        kind = pb.ExpiryKind.ValueType(ends.ends)
        message.expiry.CopyFrom(pb.Expiry(kind=kind, number=ends.number, month=ends.month, day=ends.day))
    message.return_policy = pb.ReturnPolicy.ValueType(found.on_return)
    message.reinstate_days = found.reinstate_days
    message.return_window_days = found.return_window_days
    message.tier_policy.CopyFrom(_policy(found.policy))


def iso(given: Duration) -> str:
    """A duration by ISO 8601; empty for none."""
    if not given:
        return ""
    days = "".join(f"{number}{unit}" for number, unit in ((given.months, "M"), (given.days, "D")) if number)
    return f"P{days}" + (f"T{given.seconds}S" if given.seconds else "")


def _rule(rule: EarningRule) -> pb.EarningRule:
    message = pb.EarningRule(
        rule_id=rule.rule_id,
        version=rule.version,
        mode=pb.EarningMode.ValueType(rule.mode),
        points=rule.points,
        amount=rule.amount,
        min_quantity=rule.min_quantity,
        min_amount=rule.min_amount,
        min_amount_without_tax=rule.min_amount_without_tax,
        tiers=rule.tiers,
        location_ids=rule.location_ids,
        channel_ids=rule.channel_ids,
        unmultiplied=rule.unmultiplied,
    )
    if rule.scope:
        message.scope.CopyFrom(_scope(rule.scope))
    for moment, into in ((rule.start_time, message.start_time), (rule.end_time, message.end_time)):
        if moment is not None:
            into.CopyFrom(fields.timestamp(moment))
    return message


def _scope(scope: Scope) -> pb.GoodsScope:
    return pb.GoodsScope(skus=scope.skus, product_ids=scope.product_ids, categories=scope.categories, tags=scope.tags)


def _policy(policy: TierPolicy) -> pb.TierPolicy:
    message = pb.TierPolicy(
        metric=pb.TierMetric.ValueType(policy.metric),
        period=pb.TierPeriod.ValueType(policy.period),
        start=pb.TierStart.ValueType(policy.begins),
        validity=pb.TierValidity.ValueType(policy.validity),
        cycle_month=policy.cycle_month,
        cycle_day=policy.cycle_day,
        downgrade=pb.TierDowngrade.ValueType(policy.downgrade),
        grace=iso(policy.grace),
        grace_rounding=pb.Rounding.ValueType(policy.grace_rounding),
        balance_drop=policy.balance_drop,
        balance_drop_after=iso(policy.balance_drop_after),
        return_days=policy.return_days,
        count_delivery=policy.count_delivery,
        expiring_days=policy.expiring_days,
    )
    if policy.excluded:
        message.excluded.CopyFrom(_scope(policy.excluded))
    return message
