"""Every principal: keys, sessions, staff, terminals and headquarters."""

from kit.rpc.server import Server
from omo.member.v1 import access_service_pb2_grpc as rpc
from services.member.access.credentials import Pins
from services.member.access.hq import Headquarters
from services.member.access.servicer import AccessServicer
from services.member.access.services import ServiceAccounts
from services.member.access.staff import StaffRoom
from services.member.access.terminals import Terminals
from services.member.ground import Ground, Room


class AccessRoom(Room):
    """Who may sign in as what."""

    def __init__(self, g: Ground) -> None:
        self._g = g

    def serve_on(self, server: Server) -> None:
        """Adds the access service."""
        g = self._g
        secrets = {name: secret.get_secret_value() for name, secret in g.settings.service_secrets.items()}
        servicer = AccessServicer(
            g.vault,
            g.keys,
            ServiceAccounts(g.sessions, secrets),
            Headquarters(g.db, g.vault, g.sessions, g.clock),
            StaffRoom(g.db, Pins(g.vault), g.sessions, g.clock, g.page_key),
            Terminals(g.db, g.vault, g.sessions, g.clock, g.page_key),
            g.sessions,
        )
        server.add(rpc.add_AccessServiceServicer_to_server, servicer)
