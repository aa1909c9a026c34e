"""Who is to be written to: by which channels he can be reached, what he agreed to, what his texts may say of him."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from kit.postgres import Tx
from services.member.identity.persons import Persons
from services.member.messages import store_sending
from services.member.messages.domain import Purpose
from services.member.messages.domain_hours import Quiet
from services.member.messages.domain_sending import Person
from services.member.privacy import consents

# kind of address -> channel, and where it is sealed
_OF_KIND = {"email": "email", "phone": "sms", "line": "line", "push": "push"}
_PLACES = {"push": "push subscription"}
CONSOLE = "console"
# the console stands for whatever a member agreed to; it is refused in production
_REAL = ("email", "sms", "line", "push")


@dataclass(frozen=True, slots=True)
class Facing:
    """A member as whoever writes to him sees him; addresses stay sealed until one is used."""

    person: Person
    row: Record
    sealed: Mapping[str, tuple[str, bytes]]

    @property
    def locale(self) -> str:
        """The language that he chose; empty: none."""
        return self.row["locale"] or ""


class People:
    """Looks up many at once."""

    def __init__(self, persons: Persons) -> None:
        self._persons = persons

    async def of(
        self, tx: Tx, wanted: Mapping[Purpose, Sequence[str]], times: Mapping[str, Sequence[datetime]]
    ) -> dict[str, Facing]:
        """These members, by what they are to be written to for."""
        ids = sorted({one for members in wanted.values() for one in members})
        rows = await store_sending.people(tx, ids)
        sealed: dict[str, dict[str, tuple[str, bytes]]] = defaultdict(dict)
        for row in await store_sending.addresses(tx, ids):
            sealed[row["member_id"]].setdefault(
                _OF_KIND[row["kind"]], (_PLACES.get(row["kind"], row["kind"]), row["sealed"])
            )
        agreed: dict[str, dict[Purpose, frozenset[str]]] = defaultdict(dict)
        for purpose, members in wanted.items():
            allowed = await consents.allowed_channels(tx, sorted(set(members)), purpose.name, _REAL)
            for one, channels in allowed.items():
                agreed[one][purpose] = frozenset([*channels, *([CONSOLE] if channels else [])])
        return {
            one: Facing(_person(row, sealed[one], agreed[one], times.get(one, ())), row, sealed[one])
            for one, row in rows.items()
        }

    def name(self, facing: Facing) -> str:
        """How he is called."""
        row = facing.row
        return self._persons.open(row["key_wrapped"], row["member_id"], "name", row["name_sealed"])

    def address(self, facing: Facing, channel: str) -> str:
        """Where this channel finds him."""
        row = facing.row
        if channel == CONSOLE:
            return str(row["member_id"])
        column, sealed = facing.sealed[channel]
        return self._persons.open(row["key_wrapped"], row["member_id"], column, sealed)


def _person(
    row: Record,
    sealed: Mapping[str, object],
    agreed: Mapping[Purpose, frozenset[str]],
    times: Sequence[datetime],
) -> Person:
    quiet = Quiet(row["quiet_from"], row["quiet_to"]) if row["quiet_from"] is not None else None
    return Person(row["known"], frozenset([*sealed, CONSOLE]), agreed, tuple(row["channels"]), quiet, times)
