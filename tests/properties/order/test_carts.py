"""Carts that become one lose nothing, in whatever order they come and however often."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from services.order.cart import domain_changes, domain_merge
from services.order.cart.domain import MAX_QUANTITY, Contents, Line, Origin, Seen
from services.order.cart.domain_changes import Change
from services.order.checkout.domain import Method

_DAY = datetime(2026, 11, 22, tzinfo=UTC)

_lines = st.builds(
    Line,
    line_id=st.sampled_from(["a", "b", "c", "d"]),
    sku=st.sampled_from(["COAT", "SCARF", "WOOL"]),
    quantity=st.integers(1, MAX_QUANTITY),
    method=st.sampled_from([None, Method.SHIP, Method.COLLECT]),
    location_id=st.sampled_from(["", "TPE01"]),
    origin=st.sampled_from(list(Origin)),
    staff_code=st.sampled_from(["", "A102"]),
    add_time=st.integers(0, 3).map(lambda days: _DAY + timedelta(days=days)),
    seen=st.none() | st.builds(Seen, st.integers(1, 9), st.integers(1, 9)),
)
_texts = st.lists(st.sampled_from(["SPRING", "spring ", "GOLD", "NEW"]), max_size=3).map(tuple)
_contents = st.builds(
    Contents,
    lines=st.lists(_lines, max_size=5).map(domain_merge.lines),
    codes=_texts,
    refused=_texts,
)


@given(_contents, _contents)
def test_no_line_is_lost_and_the_greater_quantity_stays(one: Contents, other: Contents) -> None:
    joined = domain_merge.join(one, other)
    wanted: dict[object, int] = {}
    for line in (*one.lines, *other.lines):
        wanted[line.key] = max(wanted.get(line.key, 0), line.quantity)
    assert {line.key: line.quantity for line in joined.lines} == wanted
    assert {code.strip().casefold() for code in joined.codes} == {
        code.strip().casefold() for code in (*one.codes, *other.codes)
    }
    # who put it in first is told, of those who did
    for line in joined.lines:
        before = [each for each in (*one.lines, *other.lines) if each.key == line.key]
        assert (line.add_time, line.line_id) == min((each.add_time, each.line_id) for each in before)


def _scarf(line_id: str, quantity: int, seen: Seen | None) -> Contents:
    return Contents(lines=(Line(line_id, "SCARF", quantity, None, "", Origin.APP, "", _DAY, seen),))


@given(_contents, _contents, _contents)
# what the first two become has the second's quantity, and is still the one that was there before the third
@example(_scarf("a", 1, Seen(1, 1)), _scarf("b", 2, None), _scarf("a", 1, Seen(1, 2)))
@example(_scarf("a", 1, Seen(2, 1)), _scarf("b", 2, None), _scarf("a", 2, Seen(1, 2)))
def test_the_order_of_mergers_and_their_repetition_make_no_difference(
    one: Contents, two: Contents, three: Contents
) -> None:
    join = domain_merge.join
    assert join(one, two) == join(two, one)
    assert join(join(one, two), three) == join(one, join(two, three))
    assert join(join(one, two), two) == join(one, two)


_few = st.lists(_lines.map(lambda line: replace(line, quantity=line.quantity % 1_000 + 1)), max_size=4)


@given(_few, _few)
def test_what_is_put_in_is_there_whatever_was_there_before(held: list[Line], adds: list[Line]) -> None:
    named = [replace(line, line_id=str(number)) for number, line in enumerate((*held, *adds))]
    before = Contents(lines=domain_merge.lines(named[: len(held)]))
    after = domain_changes.apply(before, Change(adds=tuple(named[len(held) :])), {})
    wanted: dict[object, int] = {}
    for line in (*before.lines, *named[len(held) :]):
        wanted[line.key] = wanted.get(line.key, 0) + line.quantity
    assert {line.key: line.quantity for line in after.lines} == wanted
    assert len({line.line_id for line in after.lines}) == len(after.lines)
    emptied = Change(quantities=tuple((line.line_id, 0) for line in after.lines))
    assert domain_changes.apply(after, emptied, {}).lines == ()
