"""A line's arithmetic, whatever a till states: the units are worth what the line is, to the last cent."""

import pytest

from services.order.sales import domain
from services.order.sales.domain import Flag, Named, Names


@pytest.mark.parametrize(
    ("line", "runs"),
    [
        ((0, False, 0, 0, 0, (), True), ()),
        ((0, False, 43, 43, 0, (), True), ()),
        ((0, True, 43, 43, 0, (), True), ()),
        ((-2, False, -100, -100, 0, (), True), ()),
        ((2, False, -100, -100, 0, (), True), ()),
        ((1, False, -100, -100, 0, (), True), ((0, -100, -100, 0, ()),)),
        ((89_638, True, 2_868, 2_868, 0, (), False), ((0, 2_868, 2_868, 0, ()),)),
        ((3, False, 0, 0, 0, (), True), ((2, 0, 0, 0, ()),)),
        ((2, False, 100, 0, 0, (60, 40), True), ((1, 50, 0, 0, (30, 20)),)),
        ((1, False, 100, 100, 5, (), False), ((0, 100, 100, 5, ()),)),
        ((2, False, 5, 5, 1, (), True), ((0, 3, 3, 1, ()), (1, 2, 2, 0, ()))),
    ],
)
def test_odd_lines(line: tuple[int, bool, int, int, int, tuple[int, ...], bool], runs: object) -> None:
    assert domain.runs(*line) == runs


def test_what_is_not_known_is_named() -> None:
    named = Named("TPE09", "kiosk", "m1", "7", {"COAT", "GHOST"}, {"A102", "A999"}, {"spring", "gold"})
    known = Names(frozenset({"COAT"}), frozenset({"A102"}), frozenset(), frozenset({"TPE01"}), frozenset({"stores"}))
    found = [(finding.flag, finding.subject) for finding in domain.unknown(named, known, frozenset({"gold"}))]
    assert found == [
        (Flag.UNKNOWN_SKU, "GHOST"),
        (Flag.UNKNOWN_STAFF, "A999"),
        (Flag.UNKNOWN_MEMBER, "m1"),
        (Flag.UNKNOWN_LOCATION, "TPE09"),
        (Flag.UNKNOWN_CHANNEL, "kiosk"),
        (Flag.UNKNOWN_RULE, "spring"),
    ]
    assert domain.unknown(named, known, None)[-1].subject == "version 7"


@pytest.mark.parametrize(
    ("version", "ours"),
    [("7", True), ("0", False), ("", False), ("completejourney-1", False), ("٣", False), ("9" * 40, False)],
)
def test_only_our_own_rules_can_be_unknown(version: str, ours: bool) -> None:
    assert domain.is_ours(version) is ours
