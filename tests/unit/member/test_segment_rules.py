"""A segment's rule is refused at the place where it is wrong, and every member is in exactly one RFM group."""

import pytest

from kit.errors import Fault
from omo.member.v1 import segments_pb2 as pb
from services.member.segments import domain, domain_rfm, wire
from services.member.segments.domain import All, Any, Condition, Not, Operator

ORDERS = Condition("orders", Operator.AT_LEAST, ("3",))


def _refusal(rule: domain.Rule) -> tuple[str, str]:
    with pytest.raises(Fault) as refused:
        domain.check(rule)
    assert refused.value.reason == "FIELD_INVALID"
    return str(refused.value.metadata["field"]), str(refused.value.metadata["rule"])


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (Condition("shoe_size", Operator.IS, ("42",)), "rule.field"),
        (Condition("orders", Operator.HAS_ANY, ("3",)), "rule.operator"),
        (Condition("orders", Operator.AT_LEAST, ()), "rule.values"),
        (Condition("orders", Operator.AT_LEAST, ("3", "4")), "rule.values"),
        (Condition("orders", Operator.AT_LEAST, ("many",)), "rule.values[0]"),
        (Condition("orders", Operator.AT_LEAST, ("9" * 40,)), "rule.values[0]"),
        (Condition("orders", Operator.AT_LEAST, ("٣",)), "rule.values[0]"),
        (Condition("last_order_time", Operator.WITHIN_DAYS, ("-1",)), "rule.values[0]"),
        (Condition("last_order_time", Operator.NEVER, ("1",)), "rule.values"),
        (Condition("rfm_group", Operator.IS, ("LOYAL", "BEST")), "rule.values[1]"),
        (Condition("tags", Operator.HAS_ANY, ("",)), "rule.values[0]"),
        (Any(()), "rule.any"),
        (
            All((ORDERS, Any((ORDERS, Not(Condition("x", Operator.IS, ("1",))))))),
            "rule.all[1].any[1].not.field",
        ),
        (All((ORDERS,) * 51), "rule"),
        (Not(Not(Not(Not(Not(Not(ORDERS)))))), "rule.not.not.not.not.not.not"),
    ],
)
def test_a_wrong_rule_is_refused_where_it_is_wrong(rule: domain.Rule, field: str) -> None:
    assert _refusal(rule)[0] == field


def test_a_rule_that_says_nothing_is_refused() -> None:
    message = pb.SegmentRule(all=pb.SegmentRules(rules=[pb.SegmentRule()]))
    with pytest.raises(Fault) as refused:
        wire.rule(message)
    assert refused.value.metadata["field"] == "rule.all[0]"


def test_a_rule_comes_back_as_it_was_kept() -> None:
    rule = All((ORDERS, Not(Any((Condition("tags", Operator.HAS_NONE, ("過敏",)), ORDERS)))))
    assert wire.rule(wire.rule_message(rule)) == rule


def test_every_pair_of_steps_has_one_group() -> None:
    pairs = [(recency, worth) for recency, worth, _ in domain_rfm.table()]
    assert sorted(pairs) == [(recency, worth) for recency in range(1, 6) for worth in range(1, 6)]
    assert {name for _, _, name in domain_rfm.table()} | {domain_rfm.PROSPECTS} == set(domain.GROUPS)


@pytest.mark.parametrize(
    ("days", "orders", "spend", "group"),
    [
        (3, 12, 60_000, "CHAMPIONS"),
        (3, 1, 500, "NEW"),
        (31, 5, 20_000, "LOYAL"),
        (200, 5, 9_000, "AT_RISK"),
        (400, 12, 60_000, "PREVIOUSLY_LOYAL"),
        (400, 1, 500, "DORMANT"),
        (None, 0, 0, "PROSPECTS"),
        (5, 0, 0, "PROSPECTS"),
    ],
)
def test_groups_as_documented(days: int | None, orders: int, spend: int, group: str) -> None:
    assert domain_rfm.group(days, orders, spend) == group
