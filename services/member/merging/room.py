"""Two members who are one person, and one who is two after all."""

from collections.abc import Sequence

from kit.rpc.server import Server
from omo.member.v1 import merging_service_pb2_grpc as rpc
from services.member.ground import Ground, Room
from services.member.merging import store_proofs
from services.member.merging.candidates import Candidates
from services.member.merging.cases import Cases
from services.member.merging.freezing import FreezePart, Freezing
from services.member.merging.meeting import Meetings
from services.member.merging.parts import Part
from services.member.merging.preview import Sight
from services.member.merging.servicer import MergeServicer
from services.member.merging.usecases import Merging


class MergingRoom(Room):
    """Merging, the review queue, and value that is frozen until a person has looked."""

    checks = store_proofs.CHECKS

    def __init__(self, g: Ground) -> None:
        self._g = g
        sight = Sight(g.register, g.vault)
        self.candidates = Candidates(sight, g.clock)
        self.freezing = Freezing(g.clock)
        self.cases = Cases(self.freezing, g.clock)
        self.meetings = Meetings(self.candidates, self.cases)
        self.merging = Merging(sight, self.candidates, g.sessions, g.clock, g.settings.merge_undo_days)
        self.parts = (FreezePart(),)

    def bring(self, parts: Sequence[Part]) -> None:
        """Says what every capability does when two members become one."""
        self.merging.bring(parts)

    def serve_on(self, server: Server) -> None:
        """Adds the merge service."""
        servicer = MergeServicer(self._g, self.merging, self.candidates, self.freezing, self.cases)
        server.add(rpc.add_MergeServiceServicer_to_server, servicer)
