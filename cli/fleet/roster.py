"""The processes of the suite, and where each listens when ports are fixed."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a process needs: a service has a database, a gateway has none, a simulator stands for someone outside."""

    SERVICE = "service"
    GATEWAY = "gateway"
    SIMULATOR = "simulator"


@dataclass(frozen=True, slots=True)
class Entry:
    """One process. `settings` are OMO_ variables of its own, beside those that its kind gets.

    A process of a higher `level` calls those below it, so it stops before them.
    """

    name: str
    module: str
    kind: Kind
    port: int
    metrics_port: int
    level: int = 0
    user: str = ""  # its NATS and Valkey user, if that is not its name
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def account(self) -> str:
        return self.user or self.name


# In the order of starting; stopping goes the other way, level by level: the doors close first.
ROSTER = (
    Entry("member", "services.member.main", Kind.SERVICE, 18101, 19101),
    Entry("inventory", "services.inventory.main", Kind.SERVICE, 18102, 19102, level=1),
    Entry("payment", "simulators.payment.main", Kind.SIMULATOR, 18106, 19106, level=1),
    Entry("carrier", "simulators.carrier.main", Kind.SIMULATOR, 18110, 19110, level=1),
    Entry("einvoice", "simulators.einvoice.main", Kind.SIMULATOR, 18111, 19111, level=1),
    Entry("order", "services.order.main", Kind.SERVICE, 18103, 19103, level=2),
    Entry("attribution", "services.attribution.main", Kind.SERVICE, 18104, 19104, level=2),
    Entry("gateway", "gateway.http.main", Kind.GATEWAY, 8080, 19105, level=3),
    Entry("storelink", "gateway.storelink.main", Kind.GATEWAY, 8443, 19107, level=3, user="gateway"),
)

# Who stands for the world outside when somebody wants to look: LINE and text messages, and a mail server. Tests that
# need none of it start without.
STAND_INS = (
    Entry("messaging", "simulators.messaging.main", Kind.SIMULATOR, 18108, 19108),
    Entry("mail", "simulators.messaging.main", Kind.SIMULATOR, 18109, 19109, settings=(("FACE", "smtp"),)),
)
