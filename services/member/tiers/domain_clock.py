"""A tier's clockwork as text, beside the tier itself."""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from services.member.tiers.domain import Source, State

_TIMES = ("under_until", "coming_time", "drop_time")
_WORDS = ("raised_by", "under", "coming")
PLAIN = "{}"


def text(state: State) -> str:
    """What is to be kept beside tier, beginning and end; only what it says."""
    told: dict[str, Any] = {name: value for name in _WORDS if (value := getattr(state, name))}
    told |= {name: value.isoformat() for name in _TIMES if (value := getattr(state, name))}
    if state.source is not Source.EARNED:
        told["source"] = int(state.source)
    return json.dumps(told) if told else PLAIN


def state(tier: str, since: datetime | None, until: datetime | None, clock: str) -> State:
    """The state that is kept so."""
    return State(tier, since, until, **_read(clock))


@lru_cache(maxsize=4096)
def _read(clock: str) -> dict[str, Any]:
    if clock == PLAIN:
        return {}
    told = json.loads(clock)
    found: dict[str, Any] = {name: told[name] for name in _WORDS if name in told}
    found |= {name: datetime.fromisoformat(told[name]) for name in _TIMES if name in told}
    return {**found, "source": Source(told.get("source", Source.EARNED))}
