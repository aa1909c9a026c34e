"""Tags as gRPC."""

from typing import Any

from kit import access, fields, pages, requests
from kit.access import Kind as Who
from kit.postgres import Tx
from omo.member.v1 import profile_service_pb2 as pb
from omo.member.v1 import profile_service_pb2_grpc as rpc
from services.member.asking import asked
from services.member.ground import Ground
from services.member.identity import reading
from services.member.privacy import opening
from services.member.profile import store_tags, store_timeline, tagging, wire_tags
from services.member.profile.tagging import Tagging

_WHY = 300


class TagServicer(rpc.TagServiceServicer):
    """Unwrap, one use case, wrap."""

    def __init__(self, ground: Ground, tags: Tagging) -> None:
        self._g = ground
        self._tags = tags

    async def PutTagDefinition(self, request: pb.PutTagDefinitionRequest, context: Any) -> pb.PutTagDefinitionResponse:
        """A word of the list."""
        definition = wire_tags.asked_definition(request.definition)

        async def work(tx: Tx) -> pb.PutTagDefinitionResponse:
            return pb.PutTagDefinitionResponse(definition=wire_tags.definition(await self._tags.define(tx, definition)))

        told = requests.Request.of("PutTagDefinition", request)
        return await requests.once(self._g.db, told, work, pb.PutTagDefinitionResponse)

    async def ListTagDefinitions(
        self, request: pb.ListTagDefinitionsRequest, context: Any
    ) -> pb.ListTagDefinitionsResponse:
        """The list."""
        async with self._g.db.read() as tx:
            found = await store_tags.definitions(tx)
        return pb.ListTagDefinitionsResponse(definitions=map(wire_tags.definition, found))

    async def SetTag(self, request: pb.SetTagRequest, context: Any) -> pb.SetTagResponse:
        """Tags a member."""
        member_id, tag = fields.identifier("member_id", request.member_id), fields.code("tag", request.tag)
        why = fields.text("why", request.why, _WHY, empty=True)
        until = fields.moment(request.expire_time, "expire_time") if request.HasField("expire_time") else None

        async def work(tx: Tx) -> pb.SetTagResponse:
            reply = pb.SetTagResponse(tag=wire_tags.tag(await self._tags.set(tx, member_id, tag, why, until)))
            reply.tag.why = ""  # answers are remembered in clear
            return reply

        told = asked(self._g.vault, "SetTag", request, "why")
        reply = await requests.once(self._g.db, told, work, pb.SetTagResponse)
        reply.tag.why = why
        return reply

    async def RemoveTag(self, request: pb.RemoveTagRequest, context: Any) -> pb.RemoveTagResponse:
        """Takes a tag away."""
        member_id, tag = fields.identifier("member_id", request.member_id), fields.code("tag", request.tag)
        why = fields.text("why", request.why, _WHY, empty=True)

        async def work(tx: Tx) -> pb.RemoveTagResponse:
            await self._tags.remove(tx, member_id, tag, why)
            return pb.RemoveTagResponse()

        told = asked(self._g.vault, "RemoveTag", request, "why")
        return await requests.once(self._g.db, told, work, pb.RemoveTagResponse)

    async def ListTags(self, request: pb.ListTagsRequest, context: Any) -> pb.ListTagsResponse:
        """What a member is tagged with; the look is written down."""
        member_id = fields.identifier("member_id", request.member_id)
        async with self._g.db.transaction() as tx:
            found = await self._tags.tags(tx, member_id)
            await reading.note(tx, self._g.clock(), "ListTags", member_id=member_id)
        return pb.ListTagsResponse(tags=map(wire_tags.tag, found))

    async def ListTagChanges(self, request: pb.ListTagChangesRequest, context: Any) -> pb.ListTagChangesResponse:
        """Who gave and took what, when and why."""
        member_id = fields.identifier("member_id", request.member_id)
        size, key = pages.page_size(request.page_size), self._g.page_key
        cursor = pages.decode(request.page_token, key)
        before = cursor["c"] if cursor else tagging.first_change()
        async with self._g.db.transaction() as tx:
            ids = await store_timeline.ids(tx, member_id)
            found = await store_tags.changes(tx, ids, before, size)
            opener = await opening.opener(tx, self._g.vault, ids)
            if access.current().kind is not Who.SERVICE:
                await reading.note(tx, self._g.clock(), "ListTagChanges", member_id=member_id)
        shown = [
            wire_tags.change(one, opener.text(one.member_id, tagging.change_place(one.change_id), one.why_sealed))
            for one in found
        ]
        token = pages.encode({"c": found[-1].change_id}, key) if len(found) == size else ""
        return pb.ListTagChangesResponse(changes=shown, next_page_token=token)
