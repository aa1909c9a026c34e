"""Headquarters: promotion rules, checked and rehearsed before they are published, and retired."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import PageSize, PageToken
from gateway.http.shapes.promoted import (
    CheckedRules,
    CheckRules,
    PutRules,
    RehearsedRules,
    RehearseRules,
    RetireRules,
    Rules,
    RulesVersion,
    RuleVersion,
    RuleVersions,
)
from omo.order.v1 import promotion_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: rules"])


@router.put("/v1/hq/rules", operation_id="put_rules", response_model=RulesVersion)
async def put_rules(body: PutRules, ask: Asking) -> Response:
    """Publishes a whole rule set as its next version; tills and the web price by it from then on."""
    request = pb.PutRulesRequest(request_id=ask.key, rules_json=_text(body.rules), reason=body.reason)
    return asking.answer(RulesVersion, await ask(ask.to.promotions.PutRules, request))


@router.get("/v1/hq/rules", operation_id="get_rules", response_model=Rules)
async def get_rules(
    ask: Asking,
    version: Annotated[str, Query(max_length=64, examples=["13"], description="None: the one in force.")] = "",
) -> Response:
    """A rule set."""
    reply = await ask(ask.to.promotions.GetRules, pb.GetRulesRequest(version=version))
    at = translation.time(reply.business_time) if reply.HasField("business_time") else None
    rules = json.loads(reply.rules_json or "{}")
    return asking.encoded({"version": reply.version, "rules": rules, "business_time": at})


@router.post("/v1/hq/rules/check", operation_id="check_rules", response_model=CheckedRules)
async def check_rules(body: CheckRules, ask: Asking) -> Response:
    """Tells everything that is wrong with a draft, by the path of its field; publishes nothing."""
    request = pb.CheckRulesRequest(rules_json=_text(body.rules))
    return asking.answer(CheckedRules, await ask(ask.to.promotions.CheckRules, request))


@router.post("/v1/hq/rules/rehearse", operation_id="rehearse_rules", response_model=RehearsedRules)
async def rehearse_rules(body: RehearseRules, ask: Asking) -> Response:
    """Replays past orders under a draft: what would change by rule, by order and line, and in all."""
    request = pb.RehearseRulesRequest(rules_json=_text(body.rules), channel_id=body.channel_id, orders=body.orders)
    if body.start_time:
        request.start_time.FromDatetime(body.start_time)
    if body.end_time:
        request.end_time.FromDatetime(body.end_time)
    return asking.answer(RehearsedRules, await ask(ask.to.promotions.RehearseRules, request))


@router.post("/v1/hq/rules/retire", operation_id="retire_rules", response_model=RulesVersion)
async def retire_rules(body: RetireRules, ask: Asking) -> Response:
    """Publishes the set in force without some of its rules."""
    request = pb.RetireRulesRequest(request_id=ask.key, rule_ids=body.rule_ids, reason=body.reason)
    return asking.answer(RulesVersion, await ask(ask.to.promotions.RetireRules, request))


@router.get("/v1/hq/rules/versions", operation_id="list_rule_versions", response_model=RuleVersions)
async def list_rule_versions(ask: Asking, page_size: PageSize = 20, page_token: PageToken = "") -> Response:
    """Which versions there were, newest first, and who published them."""
    request = pb.ListRuleVersionsRequest(page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.promotions.ListRuleVersions, request)
    return asking.page(RuleVersion, "versions", reply.versions, reply.next_page_token)


def _text(rules: dict[str, Any]) -> str:
    return json.dumps(rules, ensure_ascii=False)
