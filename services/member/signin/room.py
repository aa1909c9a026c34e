"""Ways to sign in beside the code to the phone, composed."""

from kit.rpc.server import Server
from omo.member.v1 import signin_service_pb2_grpc as rpc
from services.member.ground import Ground, Room
from services.member.identifiers.room import IdentifierRoom
from services.member.identity.room import IdentityRoom
from services.member.signin.joining import PasskeyPart
from services.member.signin.line import LineLogin
from services.member.signin.passkeys import Passkeys, Site
from services.member.signin.personal import HOLDING
from services.member.signin.provider import Client, Provider
from services.member.signin.servicer import SignInServicer


class SignInRoom(Room):
    """LINE Login and passkeys."""

    holdings = (HOLDING,)

    def __init__(self, g: Ground, identity: IdentityRoom, identifiers: IdentifierRoom) -> None:
        self._g = g
        told = g.settings
        secret = told.line_login_client_secret.get_secret_value()
        client = Client(told.line_login_issuer, told.line_login_client_id, secret)
        provider = Provider(client) if client.client_id else None
        self.line = LineLogin(g.db, g.vault, identity.arrivals, identity.joins, provider, told.redirects(), g.clock)
        site = Site(told.passkey_domain, told.origins(), told.passkey_brand)
        self.passkeys = Passkeys(g.db, g.vault, g.register, identifiers.identifiers, identity.arrivals, site, g.clock)
        self.parts = (PasskeyPart(g.register),)

    def serve_on(self, server: Server) -> None:
        """Adds the sign-in service."""
        servicer = SignInServicer(self._g.vault, self.line, self.passkeys)
        server.add(rpc.add_SignInServiceServicer_to_server, servicer)
