"""What a member agreed to, what he may take with him, and how he is forgotten."""

from collections.abc import Sequence
from typing import Any

from kit.consumer import On
from kit.rpc.server import Server
from kit.timers import InTx, Leased
from omo.member.v1 import privacy_service_pb2_grpc as rpc
from services.member.ground import Ground, Room
from services.member.privacy import joining, personal, store_consents, store_erasures
from services.member.privacy.erasures import ASK, Erasures
from services.member.privacy.exports import EXPIRY, GATHER, Exports
from services.member.privacy.forfeits import Forfeits
from services.member.privacy.parts import Holding
from services.member.privacy.reactions import ANSWERS, PrivacyReactions
from services.member.privacy.retention import SWEEP, Retention
from services.member.privacy.servicer import PrivacyServicer


class PrivacyRoom(Room):
    """It knows of every other capability only its holding."""

    checks = (*store_consents.CHECKS, *store_erasures.CHECKS)
    holdings = (personal.HOLDING,)
    parts = (joining.PART,)

    def __init__(self, g: Ground) -> None:
        self._g = g
        self.exports = Exports(g.vault, g.register, g.clock)
        self.forfeits = Forfeits(g.vault, g.clock)
        self.erasures = Erasures(self.forfeits, g.clock)
        self.retention = Retention(self.forfeits, g.clock)

    def bring(self, holdings: Sequence[Holding]) -> None:
        """What every capability keeps of persons."""
        self.exports.bring(holdings)
        self.erasures.bring(holdings)

    def ears(self) -> list[On[Any]]:
        """Answers and receipts."""
        heard = PrivacyReactions(self.erasures)
        return [On.many(answered, heard.on_erasures_answered) for answered in ANSWERS]

    def alarms(self) -> dict[str, InTx | Leased]:
        """Files to make and to remove, erasures to ask again, clocks."""
        return {
            GATHER: InTx(self.exports.gather),
            EXPIRY: InTx(self.exports.expire),
            ASK: InTx(self.erasures.ask_again),
            SWEEP: InTx(self.retention.sweep),
        }

    def serve_on(self, server: Server) -> None:
        """Adds the privacy service."""
        servicer = PrivacyServicer(self._g, self.exports, self.erasures, self.retention, self.forfeits)
        server.add(rpc.add_PrivacyServiceServicer_to_server, servicer)

    async def start(self) -> None:
        """Sets the clocks going."""
        async with self._g.db.transaction() as tx:
            await self.retention.begin(tx)
