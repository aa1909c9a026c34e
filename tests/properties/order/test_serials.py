"""Whatever serials are named of whatever can come back: each unit once, its own serial where it is among them."""

from hypothesis import given
from hypothesis import strategies as st

from services.order.checkout.domain import Line, Method, UnitRun
from services.order.serials import domain
from services.order.serials.domain import Left

_MANY = 12
LINE = Line(
    1, "COAT", "", _MANY, False, 100 * _MANY, 100 * _MANY, 0, 0, 0, (), (UnitRun(0, _MANY - 1, 100, 100, 0),),
    Method.COLLECT, "TPE01",
)  # fmt: skip
_UNITS = st.sets(st.integers(0, _MANY - 1))
_SERIALS = st.lists(st.integers(0, _MANY + 3).map(lambda number: f"S{number}"), unique=True, max_size=_MANY)


def _runs(units: set[int]) -> list[tuple[int, int]]:
    return [(unit, unit) for unit in sorted(units)]


def _units(runs: list[tuple[int, int]]) -> list[int]:
    return [unit for first, last in runs for unit in range(first, last + 1)]


@given(_UNITS, _UNITS, _SERIALS, st.integers(1, _MANY))
def test_units_are_meant_by_their_serials(can: set[int], named: set[int], serials: list[str], wanted: int) -> None:
    known = {unit: Left(1, unit, "COAT", f"S{unit}") for unit in named}
    found = _units(domain.meant(LINE, _runs(can), wanted, serials, known))
    assert len(found) == len(set(found)) == min(wanted, len(can))
    assert set(found) <= can
    own = {unit for unit in named & can if f"S{unit}" in serials}
    assert len(own & set(found)) == min(len(own), wanted), "these before all others"
    if bare := can - named - set(found):
        assert set(found) - own <= can - named, f"nobody knows {bare}: they come before others with a serial"
    pairs = domain.paired(_runs(set(found)), serials, known)
    assert len(set(pairs.values())) == len(pairs) == min(len(found), len(serials))
    assert all(pairs[unit] == f"S{unit}" for unit in own & set(found))


@given(_UNITS, _UNITS, st.integers(0, _MANY - 1), st.integers(0, _MANY - 1))
def test_what_is_proven_is_what_left(named: set[int], swapped: set[int], first: int, last: int) -> None:
    run = (min(first, last), max(first, last))
    known = {unit: Left(1, unit, "COAT", f"S{unit}") for unit in named}
    claims = {(1, unit): "X" if unit in swapped else f"S{unit}" for unit in range(_MANY) if unit % 3}
    match = domain.match(LINE, run, claims, known, True)
    inside = set(range(run[0], run[1] + 1))
    proven = {unit for unit in inside & named - swapped if unit % 3}
    assert match.unproven == len(inside) - len(proven)
    assert match.amount == 100 * match.unproven
    assert {one.unit for one in match.wrong} == {unit for unit in inside & named & swapped if unit % 3}
    assert bool(match.unsaid) == any(unit % 3 == 0 for unit in inside)
