"""The services behind the gateway, as their contracts say: real gRPC, real guard and tables, answers by the test."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from kit import access
from kit.access import Permissions, Principal
from kit.errors import Fault
from kit.rpc import deadline, trailers
from kit.rpc.server import Server
from kit.settings import ProcessSettings
from kit.tokens import TokenVerifier
from omo.order.v1 import order_pb2
from omo.type.v1 import money_pb2

_CONTRACTS = {
    "member": (
        "access_service",
        "benefit_service",
        "campaigns_service",
        "codes_service",
        "conversation_service",
        "coupon_service",
        "credit_service",
        "gift_card_service",
        "guest_service",
        "identifiers_service",
        "identity_service",
        "household_service",
        "merging_service",
        "messages_service",
        "people_review_service",
        "points_service",
        "prepaid_service",
        "privacy_service",
        "profile_service",
        "referrals_service",
        "segments_service",
        "signin_service",
        "tier_service",
        "visits_service",
        "voucher_service",
    ),
    "order": (
        "appointment_service",
        "attention_service",
        "cart_service",
        "counter_service",
        "fulfilment_care_service",
        "fulfilment_service",
        "guest_order_service",
        "invoice_service",
        "leg_service",
        "noshow_service",
        "order_edit_service",
        "order_service",
        "payment_service",
        "pickup_service",
        "preorder_service",
        "promotion_service",
        "rerouting_service",
        "returns_service",
        "sales_service",
        "search_service",
        "serial_service",
        "shipping_service",
        "tender_service",
        "transfer_service",
        "tryout_service",
    ),
    "inventory": (
        "availability_service",
        "catalogue_service",
        "catalogue_assortment_service",
        "catalogue_import_service",
        "catalogue_price_service",
        "catalogue_search_service",
        "sourcing_service",
        "stock_service",
        "tasks_service",
        "transfers_service",
        "counting_service",
        "counting_variance_service",
        "feeds_service",
        "lots_service",
        "planning_service",
        "supply_service",
    ),
    "attribution": ("attribution_service",),
}
Answer = Message | Exception | Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the service saw it."""

    method: str
    request: Any
    principal: Principal
    metadata: dict[str, str]
    left: float


@dataclass(slots=True)
class Peers:
    """All four services on one port, each method open to whom its real table allows."""

    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    replayed: set[str] = field(default_factory=set)
    server: Server | None = None
    address: str = ""

    async def start(self, verifier: TokenVerifier) -> None:
        settings = ProcessSettings(env="test")
        self.server = Server("order", settings, verifier, tables())
        for service, contracts in _CONTRACTS.items():
            for contract in contracts:
                module = importlib.import_module(f"omo.{service}.v1.{contract}_pb2_grpc")
                file = descriptor_pool.Default().FindFileByName(f"omo/{service}/v1/{contract}.proto")
                for name, described in file.services_by_name.items():
                    add = getattr(module, f"add_{name}Servicer_to_server")
                    self.server.add(add, _Servicer(self, dict(described.methods_by_name)))
        self.address = await self.server.start("127.0.0.1:0")

    async def stop(self) -> None:
        assert self.server is not None
        await self.server.stop(grace=0.2)

    def last(self, verb: str) -> Call:
        """The last call of that verb."""
        return next(call for call in reversed(self.calls) if call.method.endswith(f"/{verb}"))

    def asked(self, verb: str) -> list[Call]:
        return [call for call in self.calls if call.method.endswith(f"/{verb}")]

    async def handle(self, method: MethodDescriptor, request: Any, context: Any) -> Any:
        path = f"/{method.containing_service.full_name}/{method.name}"
        sent = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
        left = deadline.remaining() or 0.0
        self.calls.append(Call(path, request, access.current(), sent, left))
        if method.name in self.replayed:
            trailers.add("omo-replayed", "true")
        found = self.answers.get(path) or self.answers.get(method.name)
        if isinstance(found, Exception):
            raise found
        if isinstance(found, Message):
            return found
        if found is not None:
            answer = found(request)
            return await answer if hasattr(answer, "__await__") else answer
        return sample(method.output_type)


class _Servicer:
    def __init__(self, peers: Peers, methods: dict[str, MethodDescriptor]) -> None:
        self._peers = peers
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        method = self._methods[name]

        async def handle(request: Any, context: Any) -> Any:
            return await self._peers.handle(method, request, context)

        return handle


def tables() -> Permissions:
    """The services' own tables; a method that no table knows yet is open to everybody signed in or not."""
    found: dict[str, Any] = {}
    for service, contracts in _CONTRACTS.items():
        for contract in contracts:
            importlib.import_module(f"omo.{service}.v1.{contract}_pb2_grpc")
            file = descriptor_pool.Default().FindFileByName(f"omo/{service}/v1/{contract}.proto")
            for served in file.services_by_name.values():
                for method in served.methods:
                    found[f"/{served.full_name}/{method.name}"] = ("test.any", access.allow(anonymous=True))
        try:
            found |= importlib.import_module(f"services.{service}.permissions").PERMISSIONS
        except ModuleNotFoundError:
            continue
    return found


def sample(descriptor: Any, depth: int = 0) -> Message:
    """A message with something in every field."""
    message = message_factory.GetMessageClass(descriptor)()
    for one in descriptor.fields:
        if one.containing_oneof is not None and one is not one.containing_oneof.fields[-1]:
            continue
        _fill(message, one, depth)
    return message


_SCALARS: dict[int, Any] = {
    FieldDescriptor.TYPE_STRING: "text",
    FieldDescriptor.TYPE_BOOL: True,
    FieldDescriptor.TYPE_BYTES: b"bytes",
}


_UUIDS = frozenset(
    f"{name}_id" for name in "order added_order return refund member advocate fulfilment contact quote".split()
) | {"member_ids"}
_MADE: dict[str, Message] = {
    "google.protobuf.Timestamp": Timestamp(seconds=1_763_800_000, nanos=5_000_000),
    "omo.type.v1.Money": money_pb2.Money(currency_code="TWD", minor_units=120),
}
_STATE = order_pb2.ORDER_STATE_CONFIRMED
UUID = "0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11"


def _fill(message: Any, one: FieldDescriptor, depth: int) -> None:
    held = getattr(message, one.name)
    if one.message_type is not None and one.message_type.GetOptions().map_entry:
        held["en"] = _SCALARS.get(one.message_type.fields_by_name["value"].type, 1)
    elif one.is_repeated:
        held.append(_sampled(one, depth))
    elif one.message_type is not None:
        held.CopyFrom(_sampled(one, depth))
    else:
        setattr(message, one.name, _sampled(one, depth))


def _sampled(one: FieldDescriptor, depth: int) -> Any:
    if one.message_type is not None:
        return _MADE.get(one.message_type.full_name) or sample(one.message_type, depth + 1)
    if one.enum_type is not None:
        return _STATE if one.enum_type.full_name == "omo.order.v1.OrderState" else one.enum_type.values[1].number
    if one.name.endswith("_json"):
        return '{"keys": []}'
    return UUID if one.name in _UUIDS else _SCALARS.get(one.type, 1)


def refusal(reason: str, code: Any, domain: str = "omo.order", **metadata: object) -> Fault:
    """A service's refusal."""
    return Fault(f"refused: {reason}", code=code, reason=reason, domain=domain, **metadata)
