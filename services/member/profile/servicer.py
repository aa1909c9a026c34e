"""Wishes as gRPC, and what inventory announces about SKUs."""

from typing import Any

from kit import access, fields, requests
from kit.access import Kind
from kit.postgres import Database, Tx
from omo.inventory.v1 import catalogue_events_pb2
from omo.member.v1 import points_service_pb2 as pb
from omo.member.v1 import points_service_pb2_grpc as rpc
from services.member.asking import asked
from services.member.points import reading
from services.member.privacy import consents
from services.member.profile import store, wire
from services.member.profile.usecases import Profile
from services.member.vault import Vault

_NOTE = 500


class ProfileServicer(rpc.ProfileServiceServicer):
    """Unwrap, one use case, wrap."""

    def __init__(self, db: Database, vault: Vault, profile: Profile) -> None:
        self._db = db
        self._vault = vault
        self._profile = profile

    async def AddWish(self, request: pb.AddWishRequest, context: Any) -> pb.AddWishResponse:
        """Puts a wish on the list."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        sku = fields.code("sku", request.sku)
        note = fields.text("note", request.note, _NOTE, empty=True)

        async def work(tx: Any) -> pb.AddWishResponse:
            await reading.require_member(tx, member_id)
            kept = pb.AddWishResponse(wish=wire.wish(await self._profile.add_wish(tx, member_id, sku, note)))
            kept.wish.note = ""  # answers are remembered in clear
            return kept

        reply = await requests.once(self._db, asked(self._vault, "AddWish", request, "note"), work, pb.AddWishResponse)
        async with self._db.read() as tx:
            reply.wish.note = await self._profile.note_of(tx, reply.wish.member_id, sku)
        return reply

    async def RemoveWish(self, request: pb.RemoveWishRequest, context: Any) -> pb.RemoveWishResponse:
        """Takes a wish off the list."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)

        async def work(tx: Any) -> pb.RemoveWishResponse:
            await self._profile.remove_wish(tx, member_id, request.sku)
            return pb.RemoveWishResponse()

        return await requests.once(self._db, requests.Request.of("RemoveWish", request), work, pb.RemoveWishResponse)

    async def ListWishes(self, request: pb.ListWishesRequest, context: Any) -> pb.ListWishesResponse:
        """A member's wishes."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        async with self._db.read() as tx:
            found = await self._profile.wishes(tx, member_id)
            # staff see what staff noted; what he put there himself only with his word
            if access.current().kind is Kind.STAFF and not await consents.allowed(tx, member_id, "SHARING"):
                found = [wish for wish in found if wish.staff_code]
            return pb.ListWishesResponse(wishes=map(wire.wish, found))


async def on_products_changed(tx: Tx, heard: list[catalogue_events_pb2.ProductChanged]) -> None:
    """Keeps which SKUs exist."""
    newest: dict[str, tuple[str, str, int]] = {}
    for event in heard:
        for row in wire.skus(event):
            if row[0] not in newest or newest[row[0]][2] < row[2]:
                newest[row[0]] = row
    await store.put_skus(tx, sorted(newest.values()))
