"""The strategies that decide now, by channel."""

import json

from kit.errors import Fault
from kit.postgres import Tx
from kit.telemetry import logs
from services.inventory.sourcing import domain_author, store_rules
from services.inventory.sourcing.domain import Fallback
from services.inventory.sourcing.domain_records import RuleSet
from services.inventory.sourcing.domain_rules import Strategy

_log = logs.get(__name__)


class Strategies:
    """A channel's own rule set stands above the brand's; one that cannot be read blocks nobody."""

    def __init__(self, found: list[tuple[list[str], Strategy | Fallback]]) -> None:
        self._found = found

    @classmethod
    async def load(cls, tx: Tx) -> "Strategies":
        """The active ones."""
        return cls([(one.channel_ids, read(one)) for one in await store_rules.active(tx)])

    def choose(self, channel_id: str) -> Strategy | Fallback:
        """The channel's, else the brand's, else why there is none."""
        for channels, strategy in self._found:
            if channel_id and channel_id in channels:
                return strategy
        return next((strategy for channels, strategy in self._found if not channels), Fallback.NO_STRATEGY)

    def cooling_hours(self, channel_id: str) -> int:
        """How long a place that rejected something is left in peace."""
        strategy = self.choose(channel_id)
        return strategy.cooling_hours if isinstance(strategy, Strategy) else 24

    @property
    def weighs_confidence(self) -> bool:
        """Whether any rule asks how sure the books are."""
        found = [strategy for _, strategy in self._found if isinstance(strategy, Strategy)]
        return any(rule.weighs_confidence for one in found for route in one.routes for rule in route.rules)

    def instead(self, strategy: Strategy, channel_ids: list[str]) -> "Strategies":
        """As if this one decided for its channels."""
        return Strategies([(channel_ids, strategy), *(one for one in self._found if one[0] != channel_ids)])


def read(given: RuleSet) -> Strategy | Fallback:
    """The strategy of a stored rule set; what an older release let pass may not stand any more."""
    try:
        return domain_author.read(json.loads(given.document), given.rule_set_id, given.version)
    except (Fault, ValueError, TypeError, AttributeError) as error:
        _log.error("rule set cannot be read", rule_set=given.rule_set_id, error=f"{type(error).__name__}: {error}")
        return Fallback.BROKEN
