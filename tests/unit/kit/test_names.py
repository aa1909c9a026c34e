"""Ids, subjects and partitions: written once into stores, so they may never change."""

import uuid
from collections import Counter

from kit import ids, streams
from omo.inventory.v1.stock_events_pb2 import StockAllocated


def test_ids_are_version_7_in_lower_case_and_sort_by_their_making() -> None:
    made = [ids.uuid7() for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == 1000
    assert all(uuid.UUID(one).version == 7 and one == one.lower() for one in made)


def test_an_aggregate_keeps_its_partition_for_ever() -> None:
    assert [streams.partition(one) for one in ("a", "0195c0de-0000-7000-8000-000000000000", "外套")] == [3, 9, 12]
    assert streams.subject("omo.order.v1.OrderConfirmed", "a") == "omo.order.v1.OrderConfirmed.03"


def test_aggregates_spread_over_all_partitions() -> None:
    spread = Counter(streams.partition(ids.uuid7()) for _ in range(16_000))
    assert set(spread) == set(range(16))
    assert max(spread.values()) < 2 * min(spread.values())


def test_the_stream_is_the_publishers() -> None:
    assert streams.stream_of(StockAllocated) == streams.stream_name("inventory") == "OMO_INVENTORY"
