"""The ways in which a member is recognised, composed."""

from kit.rpc.server import Server
from omo.member.v1 import identifiers_service_pb2_grpc as rpc
from services.member.ground import Ground, Room
from services.member.identifiers.disputes import Disputes
from services.member.identifiers.emails import Emails
from services.member.identifiers.personal import HOLDING
from services.member.identifiers.policy import Policy
from services.member.identifiers.servicer import IdentifierServicer
from services.member.identifiers.usecases import Identifiers
from services.member.identity.room import IdentityRoom
from services.member.identity.senders import Sender


class IdentifierRoom(Room):
    """One person, many identifiers, each with its limits."""

    holdings = (HOLDING,)

    def __init__(self, g: Ground, identity: IdentityRoom, letters: Sender) -> None:
        self._g = g
        self._login = identity.login
        book = identity.rulebook
        self.identifiers = Identifiers(g.db, g.vault, g.register, identity.matching, g.phones, g.clock)
        self.disputes = Disputes(g.db, self.identifiers, identity.matching, identity.sharing, g.sessions, g.clock)
        self.emails = Emails(
            g.db, g.vault, g.register, self.identifiers, book, letters, g.clock, g.settings.email_link_url
        )
        self.policy = Policy(g.db, book, g.phones, g.clock, g.page_key)

    def serve_on(self, server: Server) -> None:
        """Adds the identifier service."""
        servicer = IdentifierServicer(
            self._g.vault, self.identifiers, self.emails, self._login, self.policy, self.disputes
        )
        server.add(rpc.add_IdentifierServiceServicer_to_server, servicer)
