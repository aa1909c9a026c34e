"""Headquarters: with what words members are written to, by which rules, and what became of it."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.hq.segments import MemberPath
from gateway.http.shapes import messaged as shapes
from gateway.http.shapes.fields import PageSize, PageToken
from omo.member.v1 import messages_pb2
from omo.member.v1 import messages_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: messages"])

TemplatePath = Annotated[
    str, Path(min_length=1, max_length=64, examples=["autumn_sale"], description="The brand's own code of a template.")
]
ChannelPath = Annotated[str, Path(min_length=1, max_length=16, examples=["line"], description="The channel's name.")]


@router.put("/v1/hq/templates/{template_id}", operation_id="put_template", response_model=shapes.TemplateAnswer)
async def put_template(template_id: TemplatePath, body: shapes.PutTemplate, ask: Asking) -> Response:
    """Keeps the next version; a place that nobody fills is refused by name."""
    told = translation.fill(messages_pb2.Template(template_id=template_id), body)
    request = pb.PutTemplateRequest(request_id=ask.key, template=told)
    return asking.answer(shapes.TemplateAnswer, await ask(ask.to.messages.PutTemplate, request))


@router.get("/v1/hq/templates", operation_id="list_templates", response_model=shapes.TemplatePage)
async def list_templates(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """All templates, in the versions that are used."""
    request = pb.ListTemplatesRequest(page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.messages.ListTemplates, request)
    return asking.page(shapes.Template, "templates", reply.templates, reply.next_page_token)


@router.get("/v1/hq/templates/{template_id}", operation_id="get_template", response_model=shapes.TemplateAnswer)
async def get_template(template_id: TemplatePath, ask: Asking) -> Response:
    """A template."""
    request = pb.GetTemplateRequest(template_id=template_id)
    return asking.answer(shapes.TemplateAnswer, await ask(ask.to.messages.GetTemplate, request))


@router.post(
    "/v1/hq/templates/{template_id}/preview", operation_id="preview_template", response_model=shapes.RenderedAnswer
)
async def preview_template(template_id: TemplatePath, body: shapes.PreviewTemplate, ask: Asking) -> Response:
    """The words with these values, for nobody in particular."""
    request = translation.fill(pb.PreviewTemplateRequest(template_id=template_id), body)
    return asking.answer(shapes.RenderedAnswer, await ask(ask.to.messages.PreviewTemplate, request))


@router.put("/v1/hq/message-rules", operation_id="put_message_rules", response_model=shapes.MessageRulesAnswer)
async def put_message_rules(body: shapes.PutMessageRules, ask: Asking) -> Response:
    """Changes quiet hours, caps, the block watch and which channels come first."""
    request = translation.fill(pb.PutMessageRulesRequest(request_id=ask.key), body)
    return asking.answer(shapes.MessageRulesAnswer, await ask(ask.to.messages.PutMessageRules, request))


@router.get("/v1/hq/message-rules", operation_id="get_message_rules", response_model=shapes.MessageRulesAnswer)
async def get_message_rules(ask: Asking) -> Response:
    """How the brand writes."""
    reply = await ask(ask.to.messages.GetMessageRules, pb.GetMessageRulesRequest())
    return asking.answer(shapes.MessageRulesAnswer, reply)


@router.get("/v1/hq/message-channels", operation_id="list_message_channels", response_model=shapes.ChannelList)
async def list_message_channels(ask: Asking) -> Response:
    """How the channels fare, and which stand still because too many block them."""
    return asking.answer(shapes.ChannelList, await ask(ask.to.messages.ListChannels, pb.ListChannelsRequest()))


@router.post(
    "/v1/hq/message-channels/{channel}/resume",
    operation_id="resume_message_channel",
    response_model=shapes.ChannelAnswer,
)
async def resume_message_channel(channel: ChannelPath, ask: Asking) -> Response:
    """Lets a channel that stopped itself go on; blocks are counted anew."""
    request = pb.ResumeChannelRequest(request_id=ask.key, channel=channel)
    return asking.answer(shapes.ChannelAnswer, await ask(ask.to.messages.ResumeChannel, request))


@router.get(
    "/v1/hq/members/{member_id}/messages", operation_id="list_member_messages", response_model=shapes.MessagePage
)
async def list_member_messages(
    member_id: MemberPath, ask: Asking, page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """What was written to a member, and what became of it."""
    request = pb.ListMessagesRequest(member_id=member_id, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.messages.ListMessages, request)
    return asking.page(shapes.Message, "messages", reply.messages, reply.next_page_token)
