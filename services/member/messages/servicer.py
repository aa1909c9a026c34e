"""What is written to members, as gRPC: unwrap, call one use case, wrap."""

from typing import Any

from kit import access, fields, pages
from kit.postgres import Database
from kit.requests import Request, once
from omo.member.v1 import messages_service_pb2 as pb
from omo.member.v1 import messages_service_pb2_grpc
from services.member.messages import store_outcomes, store_rules, wire
from services.member.messages.templates import Messages

_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"


class MessageServicer(messages_service_pb2_grpc.MessageServiceServicer):
    """Templates, rules, preferences, links and what became of messages."""

    def __init__(self, db: Database, messages: Messages, page_key: bytes) -> None:
        self._db = db
        self._messages = messages
        self._page_key = page_key

    async def PutTemplate(self, request: pb.PutTemplateRequest, context: Any) -> pb.PutTemplateResponse:
        template = wire.template(request.template)

        async def work(tx: Any) -> pb.PutTemplateResponse:
            row = await self._messages.put_template(tx, template)
            return pb.PutTemplateResponse(template=wire.template_message(row))

        return await once(self._db, Request.of("PutTemplate", request), work, pb.PutTemplateResponse)

    async def GetTemplate(self, request: pb.GetTemplateRequest, context: Any) -> pb.GetTemplateResponse:
        async with self._db.read() as tx:
            row = await self._messages.template(tx, fields.code("template_id", request.template_id))
        return pb.GetTemplateResponse(template=wire.template_message(row))

    async def ListTemplates(self, request: pb.ListTemplatesRequest, context: Any) -> pb.ListTemplatesResponse:
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._page_key) or {}
        async with self._db.read() as tx:
            rows = await store_rules.template_page(tx, cursor.get("template", ""), size + 1)
        more = pages.encode({"template": rows[size - 1].template_id}, self._page_key) if len(rows) > size else ""
        return pb.ListTemplatesResponse(templates=map(wire.template_message, rows[:size]), next_page_token=more)

    async def PreviewTemplate(self, request: pb.PreviewTemplateRequest, context: Any) -> pb.PreviewTemplateResponse:
        template_id = fields.code("template_id", request.template_id)
        async with self._db.read() as tx:
            words = await self._messages.preview(tx, template_id, request.locale, dict(request.params))
        return pb.PreviewTemplateResponse(message=wire.rendered(words))

    async def PutMessageRules(self, request: pb.PutMessageRulesRequest, context: Any) -> pb.PutMessageRulesResponse:
        rules = wire.rules(request.rules)

        async def work(tx: Any) -> pb.PutMessageRulesResponse:
            return pb.PutMessageRulesResponse(rules=wire.rules_message(await self._messages.put_rules(tx, rules)))

        return await once(self._db, Request.of("PutMessageRules", request), work, pb.PutMessageRulesResponse)

    async def GetMessageRules(self, request: pb.GetMessageRulesRequest, context: Any) -> pb.GetMessageRulesResponse:
        async with self._db.read() as tx:
            return pb.GetMessageRulesResponse(rules=wire.rules_message(await store_rules.rules(tx)))

    async def PutPreferences(self, request: pb.PutPreferencesRequest, context: Any) -> pb.PutPreferencesResponse:
        member_id = fields.identifier("preferences.member_id", request.preferences.member_id)
        access.require_member(member_id)
        liked = wire.liked(member_id, request.preferences)

        async def work(tx: Any) -> pb.PutPreferencesResponse:
            row = await self._messages.put_preferences(tx, liked)
            return pb.PutPreferencesResponse(preferences=wire.preferences(member_id, row))

        return await once(self._db, Request.of("PutPreferences", request), work, pb.PutPreferencesResponse)

    async def GetPreferences(self, request: pb.GetPreferencesRequest, context: Any) -> pb.GetPreferencesResponse:
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        async with self._db.read() as tx:
            row = await store_rules.preferences(tx, member_id)
        return pb.GetPreferencesResponse(preferences=wire.preferences(member_id, row))

    async def ListMessages(self, request: pb.ListMessagesRequest, context: Any) -> pb.ListMessagesResponse:
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        size = pages.page_size(request.page_size)
        cursor = pages.decode(request.page_token, self._page_key) or {}
        async with self._db.read() as tx:
            rows = await store_outcomes.of_member(tx, member_id, cursor.get("message", _LAST), size + 1)
        more = pages.encode({"message": rows[size - 1]["message_id"]}, self._page_key) if len(rows) > size else ""
        return pb.ListMessagesResponse(messages=map(wire.message, rows[:size]), next_page_token=more)

    async def ListChannels(self, request: pb.ListChannelsRequest, context: Any) -> pb.ListChannelsResponse:
        async with self._db.read() as tx:
            return pb.ListChannelsResponse(channels=map(wire.health, await self._messages.health(tx)))

    async def ResumeChannel(self, request: pb.ResumeChannelRequest, context: Any) -> pb.ResumeChannelResponse:
        async def work(tx: Any) -> pb.ResumeChannelResponse:
            return pb.ResumeChannelResponse(channel=wire.health(await self._messages.resume(tx, request.channel)))

        return await once(self._db, Request.of("ResumeChannel", request), work, pb.ResumeChannelResponse)

    async def FollowLink(self, request: pb.FollowLinkRequest, context: Any) -> pb.FollowLinkResponse:
        async with self._db.transaction() as tx:
            kind, target = await self._messages.follow(tx, request.token, confirmed=request.confirm)
        return pb.FollowLinkResponse(kind=kind, target=target)
