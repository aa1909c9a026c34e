"""A price is written the same way everywhere, and a changed result is noticed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

import omo_pricing as pricing
from tests.unit.pricing.shop import amount, cart, line, price, rule, shelf


def priced() -> pricing.Priced:
    return price(
        cart(line(1, "sock", 7), points=10),
        shelf(sock=30),
        rule("off", amount(16)),
        rule("hat", amount(1), codes=frozenset("H")),
    )


def test_skipped_rules_may_be_left_out() -> None:
    told = priced()
    assert told.skipped
    assert told.to_dict(explain=False) == {**told.to_dict(), "skipped": []}


def test_a_record_survives_json_and_what_was_added_since() -> None:
    document = json.loads(json.dumps(priced().to_dict()))
    assert pricing.Priced.from_dict({**document, "added_later": 1}) == priced()


@pytest.mark.parametrize(
    ("spoil", "path"),
    [
        (lambda document: document.pop("currency"), "priced.currency"),
        (lambda document: document.update(at="yesterday"), "priced.at"),
        (lambda document: document.update(location_id=4), "priced.location_id"),
        (lambda document: document.update(lines={}), "priced.lines"),
        (lambda document: document["policy"].update(tax="up"), "priced.policy.tax"),
        (lambda document: document["lines"][0]["units"][1].update(net=1.5), "priced.lines[0].units[1].net"),
        (lambda document: document["lines"][0]["discounts"].update(off="1"), "priced.lines[0].discounts.off"),
        (lambda document: document["applied"][0]["lines"][0].append(3), "priced.applied[0].lines[0]"),
    ],
)
def test_a_spoilt_record_says_where(spoil: Callable[[object], object], path: str) -> None:
    document = json.loads(json.dumps(priced().to_dict()))
    spoil(document)
    with pytest.raises(pricing.RecordError) as refused:
        pricing.Priced.from_dict(document)
    assert refused.value.path == path
