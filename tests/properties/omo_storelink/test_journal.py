"""The till's journal against a dictionary: numbers without gaps, nothing lost, nothing changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from omo_storelink import Journal, NotRefused, RecordedOtherwise
from omo_storelink.store_journal import ARCHIVE_SECONDS

LANES = (1, 2)
_lane = st.sampled_from(LANES)


class Model(RuleBasedStateMachine):
    """What the journal must do, in dictionaries; `now` is its clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000_000.0
        self.journal = Journal.open(":memory:", clock=lambda: self.now)
        self.facts: dict[int, dict[int, tuple[str, bytes]]] = {lane: {} for lane in LANES}
        self.head = dict.fromkeys(LANES, 0)
        self.acked = dict.fromkeys(LANES, 0)
        self.acked_at: dict[tuple[int, int], float] = {}
        self.notes: dict[tuple[int, int], str] = {}
        self.keys = 0

    @rule(lane=_lane, content=st.binary(max_size=20))
    def record(self, lane: int, content: bytes) -> None:
        self.keys += 1
        sequence = self.journal.record(lane, f"k{self.keys}", content)
        assert sequence == self.head[lane] + 1
        self.head[lane] = sequence
        self.facts[lane][sequence] = (f"k{self.keys}", content)

    @rule(lane=_lane, data=st.data())
    def record_again(self, lane: int, data: st.DataObject) -> None:
        if not self.facts[lane]:
            return
        sequence = data.draw(st.sampled_from(sorted(self.facts[lane])))
        key, content = self.facts[lane][sequence]
        assert self.journal.record(lane, key, content) == sequence
        with pytest.raises(RecordedOtherwise):
            self.journal.record(lane, key, content + b"!")

    @rule(lane=_lane, back=st.integers(0, 5))
    def acknowledge(self, lane: int, back: int) -> None:
        ack = max(0, self.head[lane] - back)
        self.journal.acknowledge(lane, ack)
        for sequence in range(self.acked[lane] + 1, ack + 1):
            self.acked_at[lane, sequence] = self.now
        self.acked[lane] = max(self.acked[lane], ack)

    @rule(lane=_lane, data=st.data(), reason=st.sampled_from(["refused x", "conflict"]))
    def note(self, lane: int, data: st.DataObject, reason: str) -> None:
        if self.facts[lane]:
            sequence = data.draw(st.sampled_from(sorted(self.facts[lane])))
            self.journal.note(lane, sequence, reason)
            self.notes[lane, sequence] = reason

    @rule(lane=_lane, content=st.binary(max_size=20), data=st.data())
    def correct(self, lane: int, content: bytes, data: st.DataObject) -> None:
        if not self.facts[lane]:
            return
        sequence = data.draw(st.sampled_from(sorted(self.facts[lane])))
        self.keys += 1
        if self.notes.get((lane, sequence), "").startswith("refused"):
            self.journal.correct(lane, sequence, f"k{self.keys}", content)
            self.facts[lane][sequence] = (f"k{self.keys}", content)
            del self.notes[lane, sequence]
        else:
            with pytest.raises(NotRefused):
                self.journal.correct(lane, sequence, f"k{self.keys}", content)

    @rule(days=st.floats(0.1, 9))
    def wait(self, days: float) -> None:
        self.now += days * 86_400

    @rule()
    def trim(self) -> None:
        self.journal.trim()
        for lane in LANES:
            for sequence in sorted(self.facts[lane]):
                old = self.acked_at.get((lane, sequence), self.now) < self.now - ARCHIVE_SECONDS
                if sequence > self.acked[lane] or not old or (lane, sequence) in self.notes:
                    break  # only from the low end
                del self.facts[lane][sequence]

    @precondition(lambda self: not any(self.head.values()))
    @rule(lane=_lane, had=st.integers(1, 5))
    def contact(self, lane: int, had: int) -> None:
        self.journal.contact(lane, had)
        self.head[lane] = self.acked[lane] = had

    @invariant()
    def same(self) -> None:
        for lane in LANES:
            head = self.journal.head(lane)
            assert (head.head, head.acked) == (self.head[lane], self.acked[lane])
            kept = {sequence: content for sequence, (_, content) in self.facts[lane].items()}
            assert dict(self.journal.read(lane, 1, 10_000)) == kept
            assert self.journal.noted(lane) == {
                sequence: note for (where, sequence), note in self.notes.items() if where == lane
            }
            self.journal.verify(lane)

    def teardown(self) -> None:
        self.journal.close()


TestModel = Model.TestCase


@given(before=st.integers(0, 6), had=st.integers(0, 9))
def test_what_was_never_sent_moves_behind_what_the_server_has(before: int, had: int) -> None:
    journal = Journal.open(":memory:")
    for number in range(before):
        journal.record(1, f"k{number}", bytes([number]))
    journal.contact(1, had)
    assert [sequence for sequence, _ in journal.read(1, 1, 100)] == [had + number + 1 for number in range(before)]
    assert (journal.head(1).head, journal.head(1).acked) == (had + before, had)
    journal.verify(1)
    journal.contact(1, had)  # once it spoke, its numbers stay
    assert journal.head(1).head == had + before
    journal.close()
