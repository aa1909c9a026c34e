"""Service accounts: each process of the suite proves its name by a secret."""

from collections.abc import Mapping

from services.member import vault as sealing
from services.member.access import domain
from services.member.access.domain import CredentialInvalid, Grant, Token
from services.member.access.sessions import Sessions


class ServiceAccounts:
    """The suite's own processes."""

    def __init__(self, sessions: Sessions, secrets: Mapping[str, str]) -> None:
        self._sessions = sessions
        self._hashes = {name: sealing.hashed(secret) for name, secret in secrets.items() if secret}

    async def issue(self, service: str, secret: str) -> Token:
        """A token for the service whose secret this is."""
        presented = sealing.hashed(secret)
        # compared also for a name that nobody has, so that names cannot be told apart by time
        right = sealing.same(presented, self._hashes.get(service, sealing.hashed("")))
        if not right or service not in self._hashes:
            raise CredentialInvalid("the service's name or secret is wrong")
        return await self._sessions.token(Grant(service, "service"), domain.SERVICE_LIFE)
