"""What is asked of availability in tests, and the rules that are written for it."""

from typing import Any

from omo.inventory.v1 import availability_pb2 as pb
from omo.inventory.v1 import availability_service_pb2 as msg
from omo.inventory.v1 import availability_service_pb2_grpc as rpc
from tests.service.inventory.conftest import HQ, Inventory, member, new


def stub(inventory: Inventory) -> Any:
    return rpc.AvailabilityServiceStub(inventory.channel)


def rule(rule_id: str, kind: str, **more: Any) -> pb.AvailabilityRule:
    value = pb.AvailabilityRuleKind.Value(f"AVAILABILITY_RULE_KIND_{kind}")
    return pb.AvailabilityRule(rule_id=rule_id, kind=value, **more)


def only(field: str, *values: str) -> pb.AvailabilityFilter:
    clause = pb.FilterClause(field=pb.FilterField.Value(f"FILTER_FIELD_{field}"), values=values)
    return pb.AvailabilityFilter(include=[clause])


async def draft(inventory: Inventory, *rules: pb.AvailabilityRule) -> Any:
    request = msg.PutAvailabilityRulesRequest(request_id=new(), rules=rules)
    return await inventory.call(stub(inventory).PutAvailabilityRules, request, HQ)


async def activate(inventory: Inventory, version: int) -> Any:
    request = msg.ActivateAvailabilityRulesRequest(request_id=new(), version=version)
    return (await inventory.call(stub(inventory).ActivateAvailabilityRules, request, HQ)).rules


async def decide(inventory: Inventory, *rules: pb.AvailabilityRule) -> int:
    """The rules, in force."""
    version: int = (await draft(inventory, *rules)).rules.version
    await activate(inventory, version)
    return version


async def stocks(inventory: Inventory, *skus: str, channel: str = "web", at: Any = (), who: Any = None) -> Any:
    request = msg.GetChannelStockRequest(channel_id=channel, skus=skus, location_ids=at)
    return (await inventory.call(stub(inventory).GetChannelStock, request, who or member())).stocks


async def shipped(inventory: Inventory, sku: str = "A", channel: str = "web") -> int:
    found = (await stocks(inventory, sku, channel=channel))[0].shipped
    assert found.HasField("available")
    return int(found.available)


async def table(inventory: Inventory, *skus: str, at: Any = (), who: Any = None, channel: str = "") -> Any:
    request = msg.ReadStockRequest(skus=skus, location_ids=at, channel_id=channel)
    return await inventory.call(stub(inventory).ReadStock, request, who)


async def explained(inventory: Inventory, sku: str = "A", channel: str = "web") -> Any:
    request = msg.ExplainAvailabilityRequest(channel_id=channel, sku=sku)
    return (await inventory.call(stub(inventory).ExplainAvailability, request, HQ)).explanation


async def previewed(inventory: Inventory, version: int, size: int = 100, token: str = "") -> Any:
    request = msg.PreviewAvailabilityRulesRequest(version=version, page_size=size, page_token=token)
    return await inventory.call(stub(inventory).PreviewAvailabilityRules, request, HQ)
