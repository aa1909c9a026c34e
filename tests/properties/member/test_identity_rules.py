"""Identifiers that came together: whatever came, nobody gets too many, and nobody gets another's."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.member.identity import domain_rules
from services.member.identity.domain import By, Identifier
from services.member.identity.domain_rules import Counts, Met, Rule, Rules, Settled

_MOST = {By.PHONE: 1, By.LINE: 1, By.EMAIL: 2, By.CARD: 2, By.WEB: 3}
RULES = Rules({kind: Rule(kind, place, most) for place, (kind, most) in enumerate(_MOST.items(), 1)}, ())
Settle = Callable[[Sequence[Met], Rules, Counts], Settled]

_people = st.sampled_from(["A", "B", "C", None])
_met = st.lists(
    st.builds(
        Met,
        st.builds(Identifier, st.sampled_from(sorted(_MOST)), st.integers(0, 5).map(str)),
        _people,
    ),
    max_size=6,
    unique_by=lambda one: (one.identifier.kind, one.identifier.value),
)
_counts = st.dictionaries(
    st.sampled_from(["A", "B", "C"]), st.dictionaries(st.sampled_from(sorted(_MOST)), st.integers(0, 3))
)


def holds(settle: Settle, met: Sequence[Met], counts: Counts) -> None:
    """What must be true of any answer."""
    settled = settle(met, RULES, counts)
    holder = {one.identifier: one.holder for one in met}
    assert all(holder[one] is None for one in settled.fresh), "nobody gets what is another's"
    has = counts.get(settled.member_id or "", {})
    for kind, most in _MOST.items():
        fresh = sum(one.kind is kind for one in settled.fresh)
        assert not fresh or has.get(kind, 0) + fresh <= most, "nobody gets too many"
    assert settled.member_id is None or settled.member_id in holder.values()
    kept = {one for one in holder if holder[one] == settled.member_id} | set(settled.fresh)
    dropped = {one for one, _ in settled.dropped}
    assert dropped | kept >= set(holder), "nothing is lost without a word"
    assert not dropped & set(settled.fresh)
    strongest = min(met, key=lambda one: RULES.of(one.identifier.kind).strength, default=None)
    alone = [one for one in met if strongest and one.identifier.kind is strongest.identifier.kind]
    if strongest and strongest.holder and len(alone) == 1:
        assert settled.member_id == strongest.holder, "the strongest proof decides"


@given(_met, _counts)
def test_whatever_came_together_the_strongest_proof_decides_and_limits_hold(met: list[Met], counts: Counts) -> None:
    holds(domain_rules.settle, met, counts)


def _first_come(met: Sequence[Met], rules: Rules, counts: Counts) -> Settled:
    """The planted bug: whoever is named first is meant, and gets everything that nobody has."""
    meant = next((one.holder for one in met if one.holder), None)
    lost = tuple((one.identifier, domain_rules.Why.TAKEN) for one in met if one.holder not in (None, meant))
    return Settled(meant, tuple(one.identifier for one in met if one.holder is None), lost)


def test_a_planted_bug_is_caught() -> None:
    @settings(phases=[Phase.generate], report_multiple_bugs=False)
    @given(_met, _counts)
    def wrong(met: list[Met], counts: Counts) -> None:
        holds(_first_come, met, counts)

    with pytest.raises(AssertionError):
        wrong()
