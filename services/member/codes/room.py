"""Members' codes, composed."""

from kit.rpc.server import Server
from omo.member.v1 import codes_service_pb2_grpc as rpc
from services.member.codes.servicer import MemberCodeServicer
from services.member.codes.usecases import MemberCodes
from services.member.ground import Ground, Room
from services.member.identity.room import IdentityRoom


class CodeRoom(Room):
    """The card on the screen, and whoever reads it online."""

    def __init__(self, g: Ground, identity: IdentityRoom) -> None:
        self.codes = MemberCodes(g.db, g.keys, g.settings.issuer, g.wall)
        identity.members.read_codes_by(self.codes)

    def serve_on(self, server: Server) -> None:
        """Adds the code service."""
        server.add(rpc.add_MemberCodeServiceServicer_to_server, MemberCodeServicer(self.codes))
