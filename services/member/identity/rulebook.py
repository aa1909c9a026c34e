"""Holds what headquarters has said about identifiers, as the database has it, for a few seconds."""

import time
from collections.abc import Callable

from kit.postgres import Tx
from services.member.identity import store_rules
from services.member.identity.domain_rules import Rules

# another replica may have changed them; nobody waits at a till for that
FRESH = 5.0


class Rulebook:
    """The rules in force."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._rules: Rules | None = None
        self._read = float("-inf")

    async def current(self, tx: Tx) -> Rules:
        """Read again when they have grown old."""
        if self._rules is None or self._monotonic() - self._read > FRESH:
            self._rules, self._read = await store_rules.rules(tx), self._monotonic()
        return self._rules

    def forget(self) -> None:
        """They were changed here."""
        self._rules = None
