"""Finds out whom identifiers that came together mean, and gives him those that he may have."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from kit import access
from kit.postgres import Tx
from services.member.identity import domain_rules, store, store_rules
from services.member.identity.domain import By, Identifier
from services.member.identity.domain_rules import Counts, Ending, Met, Rules, Settled
from services.member.identity.register import Register
from services.member.identity.rulebook import Rulebook

# (tx, member, other, kind): both have shown the same value to be theirs
Shared = Callable[[Tx, str, str, By], Awaitable[None]]


class Matching:
    """Strength, limits and blocks, applied to what is known."""

    def __init__(self, register: Register, rulebook: Rulebook) -> None:
        self._register = register
        self.rulebook = rulebook
        self._shared: list[Shared] = []

    async def settle(
        self, tx: Tx, identifiers: Sequence[Identifier], now: datetime, member_id: str | None = None
    ) -> Settled:
        """Whom they mean; nobody else gives him identifiers until the transaction ends."""
        rules = await self.rulebook.current(tx)
        lookups = {one: self._register.lookup(one) for one in identifiers}
        held = await store.holders(tx, list(lookups.values()))
        met = [Met(one, held.get(lookup)) for one, lookup in lookups.items()]
        people = {one.holder for one in met if one.holder} | ({member_id} if member_id else set())
        counts = await self._counts(tx, sorted(people), rules, now) if any(one.holder is None for one in met) else {}
        return domain_rules.settle(met, rules, counts, member_id)

    async def give(
        self, tx: Tx, member_id: str, identifiers: Sequence[Identifier], now: datetime
    ) -> tuple[tuple[Identifier, domain_rules.Why], ...]:
        """Gives a known member what limits allow; answers what he did not get, and why."""
        settled = await self.settle(tx, identifiers, now, member_id)
        late = await self._register.add(tx, member_id, settled.fresh, now) if settled.fresh else []
        dropped = (*settled.dropped, *((one, domain_rules.Why.TAKEN) for one in late))
        if self._shared:
            await self.tell(tx, member_id, [one for one, why in dropped if why is domain_rules.Why.TAKEN])
        return dropped

    def on_shared(self, hear: Shared) -> None:
        """Has `hear(tx, member, other, kind)` called where somebody shows to be his what another member has."""
        self._shared.append(hear)

    async def tell(self, tx: Tx, member_id: str, taken: Sequence[Identifier]) -> None:
        """Tells whoever asked for it that these are another member's."""
        lookups = {self._register.lookup(one): one.kind for one in taken}
        for lookup, other_id in sorted((await store.holders(tx, list(lookups))).items() if lookups else ()):
            if other_id != member_id:
                await self.met(tx, member_id, other_id, lookups[lookup])

    async def met(self, tx: Tx, member_id: str, other_id: str, kind: By) -> None:
        """Tells whoever asked for it that both show the same to be theirs."""
        for hear in self._shared:
            await hear(tx, member_id, other_id, kind)

    async def end(self, tx: Tx, member_id: str, identifier: Identifier, now: datetime, why: Ending) -> bool:
        """Takes an identifier away from its member; False if it was not his."""
        return await self.end_of(tx, member_id, identifier.kind.value, self._register.lookup(identifier), now, why)

    async def end_of(self, tx: Tx, member_id: str, kind: str, lookup: bytes, now: datetime, why: Ending) -> bool:
        """The same by the hash alone."""
        actor = access.current().actor
        by = store.Actor(actor.kind, actor.id, actor.terminal_id)
        return await store_rules.end(tx, member_id, kind, lookup, now, why.value, by)

    async def _counts(self, tx: Tx, member_ids: Sequence[str], rules: Rules, now: datetime) -> Counts:
        if not member_ids:
            return {}
        await store_rules.lock(tx, member_ids)
        since = {kind.value: start for kind, rule in rules.kinds.items() if (start := rule.since(now))}
        return await store_rules.counts(tx, member_ids, since)
