"""Looks at two members side by side: how alike they are, who would stay, and what he would get."""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kit.postgres import Tx
from services.member.identity import domain as identity
from services.member.identity import store_joining
from services.member.identity.domain import MemberUnknown
from services.member.identity.register import Register
from services.member.merging import domain, store
from services.member.merging.domain import AlreadyMerged, Likeness, Person
from services.member.merging.parts import Gain, Part
from services.member.vault import Vault

NAME = "display_name"


@dataclass(frozen=True, slots=True)
class Field:
    """A field that both have; values masked."""

    field: str
    survivor_value: str
    absorbed_value: str
    winner_id: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two members, sorted into who stays and who is absorbed."""

    survivor: Person
    absorbed: Person
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do."""

    survivor_id: str
    absorbed_id: str
    likeness: Likeness
    fields: Sequence[Field]
    gains: Sequence[Gain]


class Sight:
    """Compares by keyed hashes; nothing is opened but two names."""

    def __init__(self, register: Register, vault: Vault) -> None:
        self._register = register
        self._vault = vault

    async def pair(self, tx: Tx, one: str, other: str, seen: Sequence[str] = ()) -> Pair:
        """The two as they stand; refuses ids that mean one person, or somebody else by now, and unknown ones."""
        aliases = await store.aliases(tx, [one, other])
        if one == other or aliases.get(one, one) == aliases.get(other, other):
            meant = aliases.get(one, one)
            raise AlreadyMerged("both ids mean one person", member_id=meant, field="other_member_id")
        for member_id, meant in aliases.items():
            raise AlreadyMerged(f"{member_id} means {meant} by now", member_id=meant, field="member_id")
        people = await self._people(tx, [one, other])
        for member_id, field in ((one, "member_id"), (other, "other_member_id")):
            if member_id not in people:
                raise MemberUnknown("no such member", field=field)
        survivor, absorbed = domain.survivor(people[one], people[other])
        return Pair(survivor, absorbed, domain.compare(survivor, absorbed, seen))

    async def preview(self, tx: Tx, pair: Pair, winners: Mapping[str, str], parts: Sequence[Part]) -> Preview:
        """Asks every capability what would move."""
        survivor_id, absorbed_id = pair.survivor.member_id, pair.absorbed.member_id
        gains = [gain for part in parts for gain in await part.preview(tx, survivor_id, absorbed_id)]
        names = {member_id: await self._name(tx, member_id) for member_id in (survivor_id, absorbed_id)}
        winner = winners.get(NAME, survivor_id if names[survivor_id] else absorbed_id)
        mine, theirs = (identity.masked_name(names[member_id]) for member_id in (survivor_id, absorbed_id))
        return Preview(survivor_id, absorbed_id, pair.likeness, (Field(NAME, mine, theirs, winner),), gains)

    async def _people(self, tx: Tx, member_ids: Sequence[str]) -> dict[str, Person]:
        found: dict[str, Person] = {}
        for member_id, row in (await store.people(tx, member_ids)).items():
            marks: dict[str, set[bytes]] = defaultdict(set)
            for it in await store_joining.identifiers(tx, member_id):
                marks[it.kind].add(it.lookup)
            if name := _plain(await self._name(tx, member_id)):
                marks["name"].add(self._vault.digest("merge name", name))
            fixed = {kind: frozenset(hashes) for kind, hashes in marks.items()}
            found[member_id] = Person(member_id, row["guest"], row["claim_time"], row["join_time"], fixed)
        return found

    async def _name(self, tx: Tx, member_id: str) -> str:
        head = (await store_joining.heads(tx, member_id)).get(member_id)
        return await self._register.open(tx, member_id, "name", head.name_sealed) if head and head.name_sealed else ""


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
