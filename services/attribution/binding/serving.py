"""Who served whom at a time, and who enrolled him, for members who were made one and two again as for all others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kit.postgres import Tx
from services.attribution.binding import domain, domain_merges, store, store_merges
from services.attribution.binding.domain import Binding, Enrolment, Noted, Policy
from services.attribution.binding.domain_merges import Merger


@dataclass(frozen=True, slots=True)
class Served:
    """All that is known of some members; most were never merged with anybody."""

    policy: Policy
    facts: Mapping[str, Sequence[Noted]]
    enrolments: Mapping[str, Enrolment]
    aliases: Mapping[str, str] = field(default_factory=dict)
    mergers: Sequence[Merger] = ()
    sold: Mapping[str, int] = field(default_factory=dict)

    def by(self, member_id: str, named_id: str, moment: datetime, more: Iterable[Noted] = ()) -> Binding | None:
        """The binding that held for this id then; `more` are facts that are not kept yet."""
        facts = [*self.facts.get(member_id, ()), *more]
        if member_id not in self.aliases.values():
            return domain.at(facts, self.policy, moment)
        return domain_merges.at(named_id, facts, self.mergers, self.policy, moment, self.sold)

    def enrolment(self, member_id: str, named_id: str, moment: datetime) -> Enrolment | None:
        """The first enrolment among the ids that meant one member then."""
        own = {member_id, *(alias for alias, meant in self.aliases.items() if meant == member_id)}
        if len(own) > 1:
            then = domain_merges.meant(merger for merger in self.mergers if merger.before(moment))
            own = {one for one in own if then.get(one, one) == then.get(named_id, named_id)}
        found = [self.enrolments[one] for one in own if one in self.enrolments]
        return min(found, key=lambda enrolment: (enrolment.enrol_time, enrolment.staff_code), default=None)


async def served(tx: Tx, member_ids: Sequence[str], policy: Policy) -> Served:
    """What is known of these members, by all ids that mean them."""
    if not member_ids:
        return Served(policy, {}, {})
    facts, enrolments = await store.known(tx, member_ids)
    aliases = await store_merges.aliases_of(tx, member_ids)
    if not aliases:
        return Served(policy, facts, enrolments)
    _, more = await store.known(tx, list(aliases))
    mergers = await store_merges.mergers(tx, list(aliases))
    sold = await store_merges.sold(tx, sorted(set(aliases.values())))
    return Served(policy, facts, {**enrolments, **more}, aliases, mergers, sold)
