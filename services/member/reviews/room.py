"""What a person should look at, put together."""

from kit.rpc.server import Server
from omo.member.v1 import people_review_service_pb2_grpc as rpc
from services.member.ground import Ground, Room
from services.member.reviews.servicer import PeopleReviewServicer


class ReviewRoom(Room):
    """The queue of flagged facts about people."""

    def __init__(self, g: Ground) -> None:
        self._g = g

    def serve_on(self, server: Server) -> None:
        """Adds the review service."""
        server.add(rpc.add_PeopleReviewServiceServicer_to_server, PeopleReviewServicer(self._g))
