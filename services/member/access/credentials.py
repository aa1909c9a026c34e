"""Makes and checks the secrets by which principals prove themselves."""

import asyncio
import base64
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from services.member.vault import Vault

# 19 MiB and two passes are OWASP's lowest advised cost. A PIN has so few values that cost alone protects nothing:
# what protects it is that the hash is made over a keyed digest, whose key is not in the database.
_ARGON2 = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16)
_AT_ONCE = 2  # 19 MiB each, and a core each for some 30 ms

# base32 of Crockford: no I, L, O, U to be misread from a screen
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V", "-": None, " ": None})


class Pins:
    """Hashes PINs in a thread, few at a time, so that sign-ins neither block the loop nor fill the memory."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._nobody = ""

    async def hash(self, staff_code: str, pin: str) -> str:
        """The hash to keep; bound to the staff code, so that it fits nobody else."""
        async with self._turn:
            return await asyncio.to_thread(_ARGON2.hash, self._peppered(staff_code, pin))

    async def matches(self, staff_code: str, pin: str, kept: str | None) -> bool:
        """Whether the PIN is right; takes as long when there is nobody to compare with."""
        if kept is None:
            self._nobody = self._nobody or await self.hash("", "nobody")
        async with self._turn:
            right = await asyncio.to_thread(_verify, kept or self._nobody, self._peppered(staff_code, pin))
        return right and kept is not None

    def _peppered(self, staff_code: str, pin: str) -> bytes:
        return self._vault.digest("pin", staff_code, pin)


def _verify(kept: str, digest: bytes) -> bool:
    try:
        return _ARGON2.verify(kept, digest)
    except (VerifyMismatchError, InvalidHashError):
        return False


def new_secret() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def link_token(vault: Vault, user_id: str, expire_time: str) -> str:
    """The one-time link of an invited user: derived, so that a repeated request can answer it without keeping it."""
    return base64.urlsafe_b64encode(vault.digest("hq invite", user_id, expire_time)).rstrip(b"=").decode()


def terminal_code(vault: Vault, principal: str, request_id: str, expire_time: str) -> str:
    """Fifty bits in letters that are read out over the telephone: XXXXX-XXXXX; derived like the link."""
    digest = int.from_bytes(vault.digest("terminal code", principal, request_id, expire_time), "big")
    letters = "".join(_LETTERS[(digest >> 5 * place) & 31] for place in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def normalised_code(code: str) -> str:
    """The code as it was meant, however it was typed."""
    return code.strip().upper().translate(_MISREAD)
