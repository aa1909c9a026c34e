"""Publishes promotion rules, and gives the ones in force to whoever prices."""

import asyncio
from collections.abc import Sequence

from kit import access, outbox, pages
from kit.access import NotYours
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from services.order.promotions import domain, store, wire
from services.order.promotions.domain import Published, RuleBook
from services.order.promotions.store import Stored

_NEWEST = 2**62
_NO_RULES = '{"version": "0", "rules": []}'


class Promotions:
    """The brand's rule sets."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes = b"") -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" rules"
        self._book = domain.NONE
        self._reading = asyncio.Lock()

    async def put(self, tx: Tx, rules_json: str, reason: str) -> str:
        """Publishes a whole rule set as its next version."""
        RuleBook.read(rules_json, "0")
        at = self._clock()
        number = await store.add(tx, rules_json, at, reason, access.current().actor)
        await outbox.append(tx, wire.rules_changed(number, rules_json, at, reason))
        return str(number)

    async def retire(self, tx: Tx, rule_ids: Sequence[str], reason: str) -> str:
        """Publishes the set in force without some of its rules; nobody publishes another meanwhile."""
        await store.lock(tx)
        found = await store.find(tx, None)
        return await self.put(tx, domain.without(found.rules_json if found else _NO_RULES, rule_ids), reason)

    async def versions(self, page_size: int, page_token: str) -> tuple[list[Published], str]:
        """Which versions there were, newest first, and the next page."""
        size = pages.page_size(page_size)
        cursor = pages.decode(page_token, self._page_key) or {"number": _NEWEST}
        async with self._db.read() as tx:
            found = await store.versions(tx, cursor["number"], size + 1)
        more = pages.encode({"number": found[size - 1].number}, self._page_key) if len(found) > size else ""
        return found[:size], more

    async def get(self, version: str) -> Stored:
        """A rule set, or the one in force."""
        if version and not version.isdecimal():
            raise invalid("version", "must be a number that PutRules gave out")
        async with self._db.read() as tx:
            found = await store.find(tx, int(version) if version else None)
        if found is None and not version:
            return Stored(0, _NO_RULES, None)
        if found is None:
            raise NotYours("no such rule set", field="version", version=version)
        return found

    async def book(self, version: str) -> RuleBook:
        """The parsed rules of a version; parsed once while it is in force."""
        held = self._book
        return held if held.rules.version == version else await self._read(version)

    async def _read(self, version: str) -> RuleBook:
        async with self._reading:  # one reads, and whoever else came meanwhile finds it read
            if self._book.rules.version != version:
                async with self._db.read() as tx:
                    found = await store.find(tx, int(version))
                assert found is not None, "a version that the database named"
                self._book = RuleBook.read(found.rules_json, version)
            return self._book
