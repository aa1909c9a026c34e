"""Orders, stock, places and rules as hypothesis draws them for sourcing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from services.inventory.sourcing.domain import Limits, Line, Order, Place
from services.inventory.sourcing.domain_rules import Route, Rule, Sort, Strategy, Then

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SKUS = ("A", "B", "C", "D")
CODES = ("P1", "P2", "P3", "P4", "P5", "P6")
GROUPS = ("north", "south", "outlet")

groups = st.frozensets(st.sampled_from(GROUPS))
lines = st.lists(
    st.tuples(st.sampled_from(SKUS), st.integers(1, 4), st.integers(0, 500), st.booleans(), st.sampled_from("  k")),
    min_size=1,
    max_size=5,
).map(
    lambda rows: tuple(
        Line(number, sku, quantity, value, whole, group.strip())
        for number, (sku, quantity, value, whole, group) in enumerate(rows, 1)
    )
)
views = st.fixed_dictionaries(
    {sku: st.dictionaries(st.sampled_from(CODES), st.integers(-2, 5), min_size=2, max_size=6) for sku in SKUS}
)
places = st.tuples(
    *(
        st.builds(
            Place,
            st.just(code),
            groups=groups,
            latitude=st.sampled_from((None, 22.6, 25.0)),
            longitude=st.just(121.0),
            active=st.sampled_from((True, True, True, False)),
            ships=st.sampled_from((True, True, True, False)),
            franchise=st.sampled_from((False, False, True)),
            franchise_opt_in=st.booleans(),
            daily_limit=st.sampled_from((None, None, 0, 2)),
            paused=st.sampled_from((False, False, False, True)),
        )
        for code in CODES
    )
)
rules = st.builds(
    Rule,
    st.just("rule"),
    groups=st.one_of(st.just(frozenset[str]()), groups),
    groups_excluded=st.one_of(st.just(frozenset[str]()), groups),
    max_km=st.sampled_from((None, None, 50.0)),
    safety_stock=st.sampled_from((0, 0, 1)),
    order_limit=st.booleans(),
    shipment_threshold=st.sampled_from((0, 0, 300)),
    sorts=st.lists(st.sampled_from(list(Sort)), unique=True, max_size=3).map(tuple),
    sequence=st.lists(st.sampled_from((*CODES, *GROUPS)), unique=True, max_size=3).map(tuple),
    partial=st.booleans(),
    then=st.sampled_from(list(Then)),
)
strategies = st.builds(
    lambda given_, most: Strategy(
        "drawn",
        1,
        (Route("all", rules=tuple(replace(r, rule_id=f"r{n}") for n, r in enumerate(given_))),),
        max_splits=most,
    ),
    st.lists(rules, min_size=1, max_size=3),
    st.integers(1, 4),
)
orders = lines.map(lambda wanted: Order("o1", wanted, NOW, latitude=25.03, longitude=121.5))
limits = st.builds(
    Limits,
    split_lines=st.booleans(),
    cooling=st.dictionaries(
        st.tuples(st.sampled_from(SKUS), st.sampled_from(CODES)), st.just(NOW + timedelta(hours=1)), max_size=3
    ),
)
