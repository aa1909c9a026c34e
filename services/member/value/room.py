"""The ledger of value: its proofs, and the end of what was not spent."""

from kit.timers import InTx, Leased
from services.member.ground import Ground, Room
from services.member.value import store
from services.member.value.joining import PART
from services.member.value.personal import HOLDING
from services.member.value.posting import SWEEP
from services.member.value.usecases import Endings


class ValueRoom(Room):
    """Lots, transfers, entries."""

    checks = store.CHECKS
    parts = (PART,)
    holdings = (HOLDING,)

    def __init__(self, g: Ground) -> None:
        self.endings = Endings(g.clock)

    def alarms(self) -> dict[str, InTx | Leased]:
        """Expiry, many at a time."""
        return {SWEEP: InTx.many(self.endings.sweep)}
