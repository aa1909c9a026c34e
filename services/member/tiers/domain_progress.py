"""How far a member is: what is missing to the next tier, and what until when to keep this one."""

from dataclasses import dataclass
from datetime import datetime

from services.member.program.domain import Metric
from services.member.program.domain_calendar import INSTANT
from services.member.tiers import domain
from services.member.tiers.domain import Rules, Source, State
from services.member.tiers.domain_counting import NOTHING, Counted, Sum, metric_of, sum_at


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a member stands now; gaps are money, orders or points, by the policy's metric."""

    found: Sum = NOTHING
    metric: Metric = Metric.SPEND
    next_tier: str = ""
    next_gap: int = 0
    projected: str = ""
    keep_gap: int = 0
    keep_by: datetime | None = None


def progress(rules: Rules, state: State, counted: tuple[Counted, ...], now: datetime) -> Progress:
    """What is missing as of now, and where the tier leads if nothing more is bought."""
    program = rules.program
    metric = program.policy.metric
    found = sum_at(counted, program, rules.zone, now)
    above, had = program.above(state.tier), program.tier(state.tier)
    gap = max(above.min_spend - metric_of(found, metric), 0) if above else 0
    keep_gap = 0
    if had is not None and state.valid_until is not None and state.valid_until > now:
        lasting = sum_at(counted, program, rules.zone, state.valid_until - INSTANT)
        keep_gap = max(had.min_spend - metric_of(lasting, metric), 0)
    return Progress(
        found,
        metric,
        above.tier if above else "",
        gap,
        _projected(rules, state, counted),
        keep_gap,
        state.valid_until,
    )


def _projected(rules: Rules, state: State, counted: tuple[Counted, ...]) -> str:
    """The tier after what happens by itself next; a tier that is only kept for a while is on its way down."""
    ahead = state
    while ahead.due is not None:
        ahead = domain.came_due(rules, ahead, counted).after
        if ahead.source is not Source.GRACE:
            break
    return ahead.tier
