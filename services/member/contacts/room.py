"""Names, phones and addresses that others know by id."""

from kit.rpc.server import Server
from omo.member.v1 import identity_service_pb2_grpc as rpc
from services.member.contacts import naming
from services.member.contacts.joining import ContactsPart
from services.member.contacts.servicer import ContactServicer
from services.member.contacts.usecases import Contacts
from services.member.ground import Ground, Room


class ContactRoom(Room):
    """The only holder of personal data."""

    parts = (ContactsPart(),)

    def __init__(self, g: Ground) -> None:
        self._g = g
        shared = g.settings.service_secrets.get("order")
        key = naming.key(shared.get_secret_value() if shared else "")
        self.contacts = Contacts(g.db, g.register, g.persons, g.clock, key)

    def serve_on(self, server: Server) -> None:
        """Adds the contact service."""
        server.add(rpc.add_ContactServiceServicer_to_server, ContactServicer(self._g.vault, self.contacts))
