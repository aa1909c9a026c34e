"""Opens what is sealed about one person, whichever of his ids it was sealed under."""

from collections.abc import Mapping, Sequence

from kit.postgres import Tx
from services.member.identity import store_keys
from services.member.identity.persons import Persons
from services.member.vault import Vault


class Opener:
    """The keys of one person's ids; once they are destroyed, everything opens to nothing."""

    def __init__(self, persons: Persons, keys: Mapping[str, bytes]) -> None:
        self._persons = persons
        self._keys = keys

    def text(self, member_id: str, column: str, sealed: bytes | None) -> str:
        """What `Register.seal(tx, member_id, column, text)` sealed."""
        key = self._keys.get(member_id)
        return self._persons.open(key, member_id, column, sealed) if key is not None else ""


async def opener(tx: Tx, vault: Vault, member_ids: Sequence[str]) -> Opener:
    """For these ids."""
    return Opener(Persons(vault), await store_keys.of(tx, member_ids))
