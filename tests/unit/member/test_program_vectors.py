"""Programs as their authors write them: kept whole, said again, and refused by the field that makes no sense."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kit.errors import Fault
from omo.member.v1 import member_pb2, program_pb2
from services.member.program import domain_terms as terms
from services.member.program import store, wire
from services.member.program.domain import NO_PROGRAM, Activation, Program
from services.member.program.domain_calendar import Rounding

NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)

FULL = member_pb2.Program(
    amount_per_point=10,
    point_value=1,
    qualifying_days=365,
    tiers=[
        member_pb2.Tier(tier="basic", min_spend=0, below_spend=10_000, valid_days=365, earn_multiplier_bp=10_000),
        member_pb2.Tier(tier="gold", min_spend=10_000, valid_days=365, earn_multiplier_bp=10_000),
    ],
    earning_rules=[
        program_pb2.EarningRule(
            rule_id="coats", mode=program_pb2.EARNING_MODE_PER_MONEY, points=1, amount=10, tiers=["gold"],
            scope=program_pb2.GoodsScope(categories=["Coats"]),
        )
    ],
    activation=program_pb2.Activation(start=program_pb2.ACTIVATION_START_HANDOVER, after="P14DT12H"),
    expiry=program_pb2.Expiry(kind=program_pb2.EXPIRY_KIND_FIXED_DATE, month=12, day=31),
    tier_policy=program_pb2.TierPolicy(grace="P1M", grace_rounding=program_pb2.ROUNDING_END_OF_MONTH),
)  # fmt: skip


def test_m12_a_program_is_kept_and_said_again_as_it_was_published() -> None:
    FULL.earning_rules[0].start_time.FromDatetime(NOON)
    asked = wire.asked(FULL, 4, NO_PROGRAM)
    head = [getattr(asked, name) for name in Program.__dataclass_fields__][:7]
    kept = Program(*head, *store._decoded(store.encoded(asked)))
    assert kept == asked
    assert wire.asked(wire.program(kept), 4, kept) == asked, "a rule that did not change keeps its version"
    changed = wire.program(kept)
    changed.earning_rules[0].points = 2
    assert wire.asked(changed, 5, kept).rules[0].version == asked.rules[0].version + 1


def test_m12_programs_of_before_mean_what_they_meant() -> None:
    before = Program(1, 10, 1, 7, 365, 365, (), *store._decoded("{}"))
    assert before == Program(1, 10, 1, 7, 365, 365, ())
    assert (before.activation, before.on_return) == (Activation(), terms.OnReturn.UNLIMITED)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("program.amount_per_point", {"amount_per_point": 0}),
    ("program.earning_rules[0].mode", {"earning_rules": [{"rule_id": "x", "points": 1}]}),
    ("program.earning_rules[0].amount", {"earning_rules": [{"rule_id": "x", "points": 1, "mode": 2}]}),
    ("program.earning_rules[0].amount", {"earning_rules": [{"rule_id": "x", "points": 1, "mode": 1, "amount": 5}]}),
    ("program.earning_rules[0].points", {"earning_rules": [{"rule_id": "x", "mode": 1}]}),
    (
        "program.earning_rules[0].tiers[0]",
        {"earning_rules": [{"rule_id": "x", "points": 1, "mode": 1, "tiers": ["no"]}]},
    ),
    ("program.earning_rules[1].rule_id", {"earning_rules": [{"rule_id": "x", "points": 1, "mode": 1}] * 2}),
    (
        "program.earning_rules[0].scope.skus[0]",
        {"earning_rules": [{"rule_id": "x", "points": 1, "mode": 1, "scope": {"skus": [""]}}]},
    ),
    ("program.activation.after", {"activation": {"start": 1, "after": "two weeks"}}),
    ("program.activation.start", {"activation": {"after": "P1D"}}),
    ("program.expiry.number", {"expiry": {"kind": 2}}),
    ("program.expiry.day", {"expiry": {"kind": 5, "month": 2, "day": 30}}),
    ("program.location_multipliers[1].location_id", {"location_multipliers": [{"location_id": "A"}] * 2}),
    ("program.tiers[0].below_spend", {"tiers": [{"below_spend": 9_000}, {}]}),
    ("program.tiers[0].below_spend", {"tiers": [{"below_spend": 11_000}, {}]}),
    ("program.tiers[1].below_spend", {"tiers": [{}, {"below_spend": 11_000}]}),
    ("program.tiers[1].min_spend", {"tiers": [{}, {"min_spend": 0}]}),
    ("program.tiers[1].tier", {"tiers": [{}, {"tier": "basic"}]}),
    ("program.tiers[0].valid_days", {"tiers": [{"valid_days": 0}, {}]}),
    ("program.tier_policy.period", {"tier_policy": {"start": 2}}),
    ("program.tier_policy.period", {"tier_policy": {"validity": 5}}),
    ("program.tier_policy.cycle_month", {"tier_policy": {"validity": 4}}),
    ("program.tier_policy.grace", {"tier_policy": {"grace": "P"}}),
    ("program.tier_policy.balance_drop_after", {"tier_policy": {"balance_drop_after": "P3D"}}),
    ("program.tier_policy.expiring_days[1]", {"tier_policy": {"expiring_days": [7, 7]}}),
    ("program.tier_policy.metric", {"tier_policy": {"metric": 9}}),
]


@pytest.mark.parametrize(("field", "told"), WRONG)
def test_m12_what_makes_no_sense_is_refused_by_its_field(field: str, told: dict[str, Any]) -> None:
    asked = member_pb2.Program()
    asked.CopyFrom(FULL)
    del asked.earning_rules[:]
    asked.tiers[0].below_spend = 0
    told = dict(told)
    for index, changed in enumerate(told.pop("tiers", [])):
        for name, value in changed.items():
            setattr(asked.tiers[index], name, value)
    for name in told:
        asked.ClearField(name)  # type: ignore[arg-type]
    asked.MergeFrom(member_pb2.Program(**told))
    with pytest.raises(Fault) as refused:
        wire.asked(asked, 1, NO_PROGRAM)
    assert refused.value.metadata["field"] == field


def test_the_enums_are_those_of_the_contract() -> None:
    for ours, theirs, prefix in (
        (terms.Mode, program_pb2.EarningMode, "EARNING_MODE_PER_"),
        (terms.Metric, program_pb2.TierMetric, "TIER_METRIC_"),
        (terms.Period, program_pb2.TierPeriod, "TIER_PERIOD_"),
        (terms.Validity, program_pb2.TierValidity, "TIER_VALIDITY_"),
        (terms.Downgrade, program_pb2.TierDowngrade, "TIER_DOWNGRADE_"),
        (terms.OnReturn, program_pb2.ReturnPolicy, "RETURN_POLICY_"),
        (Rounding, program_pb2.Rounding, "ROUNDING_"),
    ):
        told = {one.name: int(one) for one in ours if one}
        assert told == {name.removeprefix(prefix): number for name, number in theirs.items() if number}
