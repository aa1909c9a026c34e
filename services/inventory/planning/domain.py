"""What headquarters want of the planner, and what becomes of what it suggests: policy, suggestion, decision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from kit.errors import Code, Fault

WEEK = timedelta(weeks=1)
SOLD = ("SALE", "HANDOVER", "RETURN")


class SuggestionDecided(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "SUGGESTION_DECIDED"


@dataclass(frozen=True, slots=True)
class Good:
    """What exceptions look at."""

    sku: str
    product_id: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyException:
    """Another display minimum or lot size for some goods or places; what is empty fits all."""

    skus: tuple[str, ...] = ()
    product_ids: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    location_ids: tuple[str, ...] = ()
    display_minimum: int | None = None
    lot_size: int | None = None

    def fits(self, good: Good) -> bool:
        """Whether it speaks of a good."""
        return (
            (not self.skus or good.sku in self.skus)
            and (not self.product_ids or good.product_id in self.product_ids)
            and (not self.categories or not set(self.categories).isdisjoint(good.categories))
        )


@dataclass(frozen=True, slots=True)
class PolicyLane:
    """What one way costs: each base unit, and the trip as a whole."""

    from_location_id: str
    to_location_id: str
    move_cost: int = 0
    trip_cost: int = 0
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """How goods should be spread; amounts in minor units of the brand's currency."""

    horizon_weeks: int = 4
    history_weeks: int = 52
    display_minimum: int = 1
    lot_size: int = 1
    move_cost: int = 0
    least_gain: int = 1
    assumed_margin: int = 50
    online_weeks: int = 4
    exceptions: tuple[PolicyException, ...] = ()
    lanes: tuple[PolicyLane, ...] = ()
    version: int = 0

    def lot(self, good: Good) -> int:
        """In which multiples a good moves: the last exception that fits decides."""
        found = [one.lot_size for one in self.exceptions if one.lot_size is not None and one.fits(good)]
        return found[-1] if found else self.lot_size

    def displays(self, good: Good, location_ids: Sequence[str]) -> list[int]:
        """What each of these places keeps of a good."""
        fitting = [one for one in self.exceptions if one.display_minimum is not None and one.fits(good)]
        if not fitting:
            return [self.display_minimum] * len(location_ids)
        return [self._display(fitting, one) for one in location_ids]

    def _display(self, fitting: Iterable[PolicyException], location_id: str) -> int:
        found = self.display_minimum
        for one in fitting:
            if one.display_minimum is not None and (not one.location_ids or location_id in one.location_ids):
                found = one.display_minimum
        return found


def read_policy(document: Mapping[str, Any], version: int) -> Policy:
    """A policy as a row keeps it."""
    held = dict(document)
    texts = ("skus", "product_ids", "categories", "location_ids")
    exceptions = tuple(
        PolicyException(**one | {name: tuple(one[name]) for name in texts}) for one in held.pop("exceptions", ())
    )
    lanes = tuple(PolicyLane(**one) for one in held.pop("lanes", ()))
    return Policy(**held, exceptions=exceptions, lanes=lanes, version=version)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A move that is expected to pay, and what became of it."""

    suggestion_id: str
    run_id: str
    kind: str
    rank: int
    sku: str
    from_location_id: str
    to_location_id: str
    quantity: int
    expected_units: float
    expected_margin: int
    move_cost: int
    why: Mapping[str, Any] = field(default_factory=dict)
    allocation_id: str | None = None
    state: str = "OPEN"
    decided_quantity: int = 0
    decide_time: datetime | None = None
    transfer_id: str = ""
    decline_reason: str = ""
    version: int = 1
    actor_kind: str = ""
    actor_id: str = ""
    actor_terminal_id: str = ""

    @property
    def gain(self) -> int:
        """What is left of the margin when the move is paid."""
        return self.expected_margin - self.move_cost


def decide(one: Suggestion, state: str, at: datetime, **more: Any) -> Suggestion:
    """The same suggestion, accepted or declined; what was decided stays."""
    if one.state != "OPEN":
        raise SuggestionDecided(
            f"the suggestion is {one.state.lower()} already", suggestion_id=one.suggestion_id, state=one.state
        )
    return replace(one, state=state, decide_time=at, version=one.version + 1, **more)


def expected_by(one: Suggestion, at: datetime) -> float:
    """What the receiving place was expected to sell from the decision until `at`."""
    if one.decide_time is None:
        return 0.0
    weeks = max(timedelta(), at - one.decide_time) / WEEK
    return float(one.why.get("to_weekly", 0.0)) * weeks


@dataclass(frozen=True, slots=True)
class LotLine:
    """So many of a SKU in a lot; what stays for online orders, and what nobody needs."""

    sku: str
    quantity: int
    reserve: int = 0
    left_over: int = 0


@dataclass(frozen=True, slots=True)
class Lot:
    """An arriving lot, to be shared out."""

    allocation_id: str
    location_id: str
    reference: str
    lines: tuple[LotLine, ...]
    state: str = "REQUESTED"
    run_id: str = ""
    create_time: datetime | None = None
    version: int = 1
