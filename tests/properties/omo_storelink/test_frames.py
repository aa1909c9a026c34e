"""Facts cut into frames, whatever their sizes and the door's limits."""

from hypothesis import given
from hypothesis import strategies as st

from omo.storefacts.v1 import facts_pb2 as pb
from omo_storelink import facts


@given(st.lists(st.integers(0, 400), max_size=120), st.integers(1, 50), st.integers(300, 48 * 1024))
def test_frames_hold_everything_in_order_within_both_limits(sizes: list[int], max_facts: int, max_bytes: int) -> None:
    sales = [pb.SaleFact(sale_id=str(number), external_id="x" * size) for number, size in enumerate(sizes)]
    sequence = 7
    sent: list[pb.SaleFact] = []
    for frame in facts.frames(pb.LANE_SALES, sequence, map(facts.written, sales), max_facts, max_bytes):
        assert isinstance(frame, pb.SalesFrame)
        assert frame.first_sequence == sequence
        assert len(frame.facts) <= max_facts
        assert len(frame.facts) == 1 or frame.ByteSize() <= max_bytes
        sequence += len(frame.facts)
        sent.extend(frame.facts)
    assert sent == sales
