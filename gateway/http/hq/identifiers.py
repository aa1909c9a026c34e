"""Headquarters: how members are recognised, and the rules on it."""

from fastapi import APIRouter, status
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import MemberPath, PageSize, PageToken
from gateway.http.shapes.recognised import (
    AddBlock,
    AddIdentifier,
    BlockAnswer,
    BlockPath,
    HeldIdentifierAnswer,
    HeldIdentifiers,
    IdentifierBlock,
    IdentifierBlocks,
    IdentifierPath,
    IdentifierRule,
    IdentifierRuleAnswer,
    IdentifierRules,
    PasskeyPath,
    Passkeys,
)
from omo.member.v1 import identifiers_pb2
from omo.member.v1 import identifiers_service_pb2 as pb
from omo.member.v1 import signin_service_pb2 as signin_pb

router = APIRouter(route_class=Door, tags=["HQ: members"])
_OF = "/v1/hq/members/{member_id}"


@router.get(f"{_OF}/identifiers", operation_id="list_member_identifiers", response_model=HeldIdentifiers)
async def list_member_identifiers(member_id: MemberPath, ask: Asking) -> Response:
    """How a member is recognised, masked, and how he was; the look is written down."""
    request = pb.ListIdentifiersRequest(member_id=member_id)
    return asking.answer(HeldIdentifiers, await ask(ask.to.identifiers.ListIdentifiers, request))


@router.post(
    f"{_OF}/identifiers", operation_id="add_member_identifier", response_model=HeldIdentifierAnswer, status_code=201
)
async def add_member_identifier(member_id: MemberPath, body: AddIdentifier, ask: Asking) -> Response:
    """Gives a member a card, or the id by which another system knows him."""
    request = translation.fill(pb.AddIdentifierRequest(request_id=ask.key, member_id=member_id), body)
    reply = await ask(ask.to.identifiers.AddIdentifier, request)
    return asking.answer(HeldIdentifierAnswer, reply, status.HTTP_201_CREATED)


@router.delete(f"{_OF}/identifiers/{{identifier_id}}", operation_id="remove_member_identifier", status_code=204)
async def remove_member_identifier(member_id: MemberPath, identifier_id: IdentifierPath, ask: Asking) -> Response:
    """Takes one away from a member; his last way to sign in stays."""
    request = pb.RemoveIdentifierRequest(request_id=ask.key, member_id=member_id, identifier_id=identifier_id)
    await ask(ask.to.identifiers.RemoveIdentifier, request)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get(f"{_OF}/passkeys", operation_id="list_member_passkeys", response_model=Passkeys)
async def list_member_passkeys(member_id: MemberPath, ask: Asking) -> Response:
    """A member's passkeys; the look is written down."""
    request = signin_pb.ListPasskeysRequest(member_id=member_id)
    return asking.answer(Passkeys, await ask(ask.to.signin.ListPasskeys, request))


@router.delete(f"{_OF}/passkeys/{{passkey_id}}", operation_id="remove_member_passkey", status_code=204)
async def remove_member_passkey(member_id: MemberPath, passkey_id: PasskeyPath, ask: Asking) -> Response:
    """Forgets a passkey of a member whose device is gone."""
    request = signin_pb.RemovePasskeyRequest(request_id=ask.key, member_id=member_id, passkey_id=passkey_id)
    await ask(ask.to.signin.RemovePasskey, request)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/v1/hq/identifiers/rules", operation_id="list_identifier_rules", response_model=IdentifierRules)
async def list_identifier_rules(ask: Asking) -> Response:
    """What each kind of identifier is worth, and how many a member may have."""
    request = pb.ListIdentifierRulesRequest()
    return asking.answer(IdentifierRules, await ask(ask.to.identifiers.ListIdentifierRules, request))


@router.put("/v1/hq/identifiers/rules", operation_id="put_identifier_rule", response_model=IdentifierRuleAnswer)
async def put_identifier_rule(body: IdentifierRule, ask: Asking) -> Response:
    """Changes the rule on one kind; what members have already stays."""
    rule = translation.fill(identifiers_pb2.IdentifierRule(), body)
    request = pb.PutIdentifierRuleRequest(request_id=ask.key, rule=rule)
    return asking.answer(IdentifierRuleAnswer, await ask(ask.to.identifiers.PutIdentifierRule, request))


@router.get("/v1/hq/identifiers/blocks", operation_id="list_identifier_blocks", response_model=IdentifierBlocks)
async def list_identifier_blocks(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Values that never mean a person, newest first."""
    request = pb.ListIdentifierBlocksRequest(page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.identifiers.ListIdentifierBlocks, request)
    return asking.page(IdentifierBlock, "blocks", reply.blocks, reply.next_page_token)


@router.post(
    "/v1/hq/identifiers/blocks", operation_id="add_identifier_block", response_model=BlockAnswer, status_code=201
)
async def add_identifier_block(body: AddBlock, ask: Asking) -> Response:
    """Blocks a value, such as the shop's own telephone or the id of its tablet."""
    request = pb.AddIdentifierBlockRequest(request_id=ask.key, text=body.text, reason=body.reason)
    translation.choose(request, kind=body.kind, match=body.match)
    reply = await ask(ask.to.identifiers.AddIdentifierBlock, request)
    return asking.answer(BlockAnswer, reply, status.HTTP_201_CREATED)


@router.delete("/v1/hq/identifiers/blocks/{block_id}", operation_id="remove_identifier_block", status_code=204)
async def remove_identifier_block(block_id: BlockPath, ask: Asking) -> Response:
    """Lifts a block."""
    request = pb.RemoveIdentifierBlockRequest(request_id=ask.key, block_id=block_id)
    await ask(ask.to.identifiers.RemoveIdentifierBlock, request)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
