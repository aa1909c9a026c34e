"""The messages that leave for the store door and for headquarters."""

from hypothesis import given
from hypothesis import strategies as st

from cli.completejourney import wire
from omo.storefacts.v1 import facts_pb2 as facts


@given(st.lists(st.integers(0, 400), max_size=120), st.integers(1, 50), st.integers(300, 48 * 1024))
def test_frames_hold_everything_in_order_within_both_limits(sizes: list[int], max_facts: int, max_bytes: int) -> None:
    sales = [facts.SaleFact(sale_id=str(number), external_id="x" * size) for number, size in enumerate(sizes)]
    sequence = 7
    sent: list[facts.SaleFact] = []
    for frame in wire.frames(sales, sequence, max_facts, max_bytes):
        assert frame.first_sequence == sequence
        assert len(frame.facts) <= max_facts
        assert len(frame.facts) == 1 or frame.ByteSize() <= max_bytes
        sequence += len(frame.facts)
        sent.extend(frame.facts)
    assert sent == sales
