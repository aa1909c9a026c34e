"""Seals what is known of a person under the person's own key, and finds it again by keyed hash."""

from services.member import vault as sealing
from services.member.identity.domain import By
from services.member.vault import Vault


class Persons:
    """One data key per member, wrapped under the process's key."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def new_key(self, member_id: str) -> bytes:
        """A fresh key, wrapped: to be stored."""
        return self._vault.new_data_key(member_id)

    def seal(self, key_wrapped: bytes, member_id: str, column: str, text: str) -> bytes:
        """Sealed so that it opens for this member and in this column only."""
        return sealing.seal(self._vault.data_key(key_wrapped, member_id), text.encode(), f"{member_id}:{column}")

    def open(self, key_wrapped: bytes, member_id: str, column: str, sealed: bytes | None) -> str:
        """What was sealed; nothing stays nothing."""
        if sealed is None:
            return ""
        key = self._vault.data_key(key_wrapped, member_id)
        return sealing.unseal(key, sealed, f"{member_id}:{column}").decode()

    def lookup(self, kind: By, value: str) -> bytes:
        """What an identifier is found by."""
        return self._vault.digest("identifier", kind.value, value)
