"""Identifiers as gRPC."""

from typing import Any

import grpc

from kit import fields
from kit.errors import invalid
from omo.member.v1 import identifiers_service_pb2 as pb
from omo.member.v1 import identifiers_service_pb2_grpc as rpc
from services.member.asking import asked
from services.member.identifiers import wire
from services.member.identifiers.disputes import Disputes
from services.member.identifiers.emails import Emails
from services.member.identifiers.policy import Policy
from services.member.identifiers.usecases import Identifiers
from services.member.identity import wire as identity
from services.member.identity.domain import By
from services.member.identity.login import Login
from services.member.vault import Vault

Context = grpc.aio.ServicerContext[Any, Any]


class IdentifierServicer(rpc.IdentifierServiceServicer):
    """Unwrap, call one use case, wrap."""

    def __init__(
        self,
        vault: Vault,
        identifiers: Identifiers,
        emails: Emails,
        login: Login,
        policy: Policy,
        disputes: Disputes,
    ) -> None:
        self._vault = vault
        self._identifiers = identifiers
        self._emails = emails
        self._login = login
        self._policy = policy
        self._disputes = disputes

    async def ListIdentifiers(self, request: pb.ListIdentifiersRequest, context: Context) -> pb.ListIdentifiersResponse:
        found = await self._identifiers.page(fields.identifier("member_id", request.member_id))
        return pb.ListIdentifiersResponse(identifiers=found)

    async def AddIdentifier(self, request: pb.AddIdentifierRequest, context: Context) -> pb.AddIdentifierResponse:
        return await self._identifiers.add(
            asked(self._vault, "AddIdentifier", request, "value"),
            fields.identifier("member_id", request.member_id),
            wire.kind_of("kind", request.kind),
            fields.text("value", request.value, 254),
        )

    async def RemoveIdentifier(
        self, request: pb.RemoveIdentifierRequest, context: Context
    ) -> pb.RemoveIdentifierResponse:
        return await self._identifiers.remove(
            asked(self._vault, "RemoveIdentifier", request),
            fields.identifier("member_id", request.member_id),
            fields.identifier("identifier_id", request.identifier_id),
        )

    async def DisputeIdentifier(
        self, request: pb.DisputeIdentifierRequest, context: Context
    ) -> pb.DisputeIdentifierResponse:
        if request.reason not in (pb.DISPUTE_REASON_NOT_MY_ACCOUNT, pb.DISPUTE_REASON_NOT_MY_NUMBER):
            raise invalid("reason", "must be NOT_MY_ACCOUNT or NOT_MY_NUMBER")
        return await self._disputes.dispute(
            asked(self._vault, "DisputeIdentifier", request, "value"),
            fields.identifier("member_id", request.member_id),
            fields.identifier("identifier_id", request.identifier_id) if request.identifier_id else "",
            wire.kind_of("kind", request.kind) if request.kind else None,
            fields.text("value", request.value, 254, empty=True),
            account=request.reason == pb.DISPUTE_REASON_NOT_MY_ACCOUNT,
        )

    async def RequestEmailProof(
        self, request: pb.RequestEmailProofRequest, context: Context
    ) -> pb.RequestEmailProofResponse:
        sent = await self._emails.request(
            fields.identifier("member_id", request.member_id), fields.text("email", request.email, 254)
        )
        return pb.RequestEmailProofResponse(
            challenge_id=sent.challenge_id,
            expire_time=fields.timestamp(sent.expire_time),
            retry_after=sent.retry_after,
        )

    async def ProveEmail(self, request: pb.ProveEmailRequest, context: Context) -> pb.ProveEmailResponse:
        proved = await self._emails.prove(
            fields.identifier("member_id", request.member_id),
            fields.identifier("challenge_id", request.challenge_id),
            fields.text("code", request.code, 16),
        )
        return pb.ProveEmailResponse(identifier=proved)

    async def FollowEmailLink(self, request: pb.FollowEmailLinkRequest, context: Context) -> pb.FollowEmailLinkResponse:
        await self._emails.follow(fields.text("token", request.token, 128))
        return pb.FollowEmailLinkResponse()

    async def ProvePhone(self, request: pb.ProvePhoneRequest, context: Context) -> pb.ProvePhoneResponse:
        member_id = fields.identifier("member_id", request.member_id)
        await self._login.prove_phone(
            member_id,
            fields.identifier("challenge_id", request.challenge_id),
            fields.text("code", request.code, 16),
            fields.text("device_id", request.device_id, 128),
        )
        found = await self._identifiers.page(member_id)
        phones = (one for one in found if identity.KIND_OF[one.kind] is By.PHONE)
        return pb.ProvePhoneResponse(identifier=next(phones, None))

    async def ListIdentifierRules(
        self, request: pb.ListIdentifierRulesRequest, context: Context
    ) -> pb.ListIdentifierRulesResponse:
        rules = (await self._policy.rules()).kinds.values()
        return pb.ListIdentifierRulesResponse(rules=map(wire.rule, sorted(rules, key=lambda one: one.strength)))

    async def PutIdentifierRule(
        self, request: pb.PutIdentifierRuleRequest, context: Context
    ) -> pb.PutIdentifierRuleResponse:
        return await self._policy.put_rule(asked(self._vault, "PutIdentifierRule", request), wire.rule_of(request.rule))

    async def ListIdentifierBlocks(
        self, request: pb.ListIdentifierBlocksRequest, context: Context
    ) -> pb.ListIdentifierBlocksResponse:
        found, more = await self._policy.page(request.page_size, request.page_token)
        return pb.ListIdentifierBlocksResponse(blocks=map(wire.block, found), next_page_token=more)

    async def AddIdentifierBlock(
        self, request: pb.AddIdentifierBlockRequest, context: Context
    ) -> pb.AddIdentifierBlockResponse:
        return await self._policy.block(
            asked(self._vault, "AddIdentifierBlock", request),
            wire.kind_of("kind", request.kind) if request.kind else None,
            wire.match_of(request.match),
            fields.text("text", request.text, 254),
            fields.text("reason", request.reason, 200),
        )

    async def RemoveIdentifierBlock(
        self, request: pb.RemoveIdentifierBlockRequest, context: Context
    ) -> pb.RemoveIdentifierBlockResponse:
        block_id = fields.identifier("block_id", request.block_id)
        return await self._policy.lift(asked(self._vault, "RemoveIdentifierBlock", request), block_id)
