"""Who is meant by a number or card that several people are known by: their names tell, or nothing does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.member.identity.domain import Identifier, Member, same_name


@dataclass(frozen=True, slots=True)
class Known:
    """Something that was shown, and who is known by it: its holder first, then those who share it."""

    identifier: Identifier
    people: tuple[Member, ...]
    held: bool


def namesake(name: str, people: Iterable[Member]) -> Member | None:
    """The one of these who has this name; nobody where two have it."""
    found = [one for one in people if same_name(name, one.name)]
    return found[0] if len(found) == 1 else None


def meant(name: str, shown: Sequence[Known]) -> Member | None:
    """Whom what was shown means where nobody can be asked any more, strongest first.

    Who has the name; else whoever alone is known by it, unless his name is
    another. Nobody: it is somebody new, or a person must tell who it was.
    """
    for one in shown:
        found = namesake(name, one.people)
        if found is not None:
            return found
        if len(one.people) == 1 and not (name.strip() and one.people[0].name.strip()):
            return one.people[0]
    return None
