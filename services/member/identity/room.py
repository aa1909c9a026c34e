"""Who a person is: signing in, the register, and what tills say of people."""

from kit.rpc.server import Server
from omo.member.v1 import identity_service_pb2_grpc as rpc
from omo.member.v1 import member_pb2
from services.member.ground import Ground, Room
from services.member.identity import store_proofs
from services.member.identity.arrivals import Arrivals
from services.member.identity.enrolling import LateEnrolment
from services.member.identity.enrolment import Enrolment
from services.member.identity.facts import PeopleFacts
from services.member.identity.joining import IdentityPart
from services.member.identity.joins import Joins
from services.member.identity.login import Login
from services.member.identity.matching import Matching
from services.member.identity.otp import Otp
from services.member.identity.personal import IdentityHolding
from services.member.identity.rulebook import Rulebook
from services.member.identity.senders import Sender
from services.member.identity.servicer import IdentityServicer, PeopleFactServicer
from services.member.identity.sharing import Sharing
from services.member.identity.usecases import Members
from services.member.points import reading


class IdentityRoom(Room):
    """One person, many identifiers."""

    checks = store_proofs.CHECKS

    def __init__(self, g: Ground, letters: Sender) -> None:
        self._g = g
        self.parts = (IdentityPart(g.register),)
        self.holdings = (IdentityHolding(g.sessions),)
        told = g.settings
        self.rulebook = Rulebook()
        self.matching = Matching(g.register, self.rulebook)
        self.otp = Otp(g.db, g.vault, self.rulebook, letters, g.clock, told.otp_daily_cap, told.time_zone)
        self.sharing = Sharing(g.register)
        late = LateEnrolment(g.register, self.matching, self.sharing, g.phones)
        self.facts = PeopleFacts(g.db, g.vault, g.register, late)
        self.arrivals = Arrivals(g.register, self.matching, self.sharing, g.sessions)
        self.joins = Joins(g.vault)
        self.login = Login(g.db, self.otp, self.arrivals, self.joins, g.clock)
        self.members = Members(g.db, g.vault, g.register, self.rulebook, g.phones, g.clock)
        self.enrolment = Enrolment(g.db, g.register, self.matching, self.sharing, g.phones, g.clock)

    def serve_on(self, server: Server) -> None:
        """Adds the identity service and the lane PEOPLE."""
        g = self._g
        servicer = IdentityServicer(
            g.vault, g.phones, self.otp, self.login, self.members, self.enrolment, g.clock, self._standing
        )
        server.add(rpc.add_IdentityServiceServicer_to_server, servicer)
        server.add(rpc.add_PeopleFactServiceServicer_to_server, PeopleFactServicer(self.facts, g.clock))

    async def _standing(self, member_id: str) -> member_pb2.Standing | None:
        """What a till is told with a member."""
        async with self._g.db.read() as tx:
            return await reading.standing(tx, member_id, self._g.clock(), self._g.zone)
