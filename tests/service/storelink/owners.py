"""Owners of facts for the door's tests: small, on the real kit and a real database."""

import asyncio
import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from kit import access, lanes
from kit.access import Permissions, allow
from kit.errors import Code, Fault, invalid
from kit.postgres import Database
from omo.attribution.v1 import attribution_service_pb2 as attribution
from omo.attribution.v1 import attribution_service_pb2_grpc as attribution_rpc
from omo.inventory.v1 import stock_service_pb2 as stock
from omo.inventory.v1 import stock_service_pb2_grpc as stock_rpc
from omo.member.v1 import access_pb2
from omo.member.v1 import access_service_pb2 as access_pb
from omo.member.v1 import access_service_pb2_grpc as access_rpc
from omo.member.v1 import identity_service_pb2 as identity
from omo.member.v1 import identity_service_pb2_grpc as identity_rpc
from omo.order.v1 import fulfilment_service_pb2 as fulfilment
from omo.order.v1 import fulfilment_service_pb2_grpc as fulfilment_rpc
from omo.order.v1 import sales_service_pb2 as sales
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
from omo.storefacts.v1 import facts_pb2 as facts
from tests.service.storelink.masters import Data
from tests.unit.kit_rpc.issuer import Issuer

_DOOR = allow(service={"storelink"})
PERMISSIONS: Permissions = {
    "/omo.order.v1.SalesService/RecordSales": ("t.sales", _DOOR),
    "/omo.inventory.v1.StockFactService/RecordStock": ("t.stock", _DOOR),
    "/omo.member.v1.PeopleFactService/RecordPeople": ("t.people", _DOOR),
    "/omo.attribution.v1.AttributionFactService/RecordAttribution": ("t.attribution", _DOOR),
    "/omo.member.v1.AccessService/EnrolTerminal": ("t.enrol", allow(anonymous=True)),
    "/omo.member.v1.AccessService/IssueDeviceToken": ("t.device", allow(anonymous=True)),
    "/omo.member.v1.AccessService/SignInStaff": ("t.staff", allow(device=True)),
    "/omo.member.v1.AccessService/ListTerminals": ("t.terminals", _DOOR),
    "/omo.member.v1.AccessService/GetJwks": ("t.keys", allow(anonymous=True)),
    "/omo.member.v1.AccessService/IssueServiceToken": ("t.service", allow(anonymous=True)),
    "/omo.member.v1.AccessService/ListStaff": ("t.staff", _DOOR),
    "/omo.inventory.v1.CatalogueService/ListReferenceData": ("t.reference", _DOOR),
    "/omo.order.v1.PromotionService/GetRules": ("t.rules", _DOOR),
    "/omo.order.v1.InvoiceService/ListBlocks": ("t.numbers", _DOOR),
    "/omo.order.v1.InvoiceService/GetReceipt": ("t.receipts", allow(device=True)),
    "/omo.order.v1.InvoiceService/SpoilNumbers": ("t.numbers", allow(device=True, staff=True)),
    "/omo.member.v1.ConversationService/ListConversations": ("t.talk", allow(staff=True)),
    "/omo.member.v1.ConversationService/ReadConversation": ("t.talk", allow(staff=True)),
    "/omo.member.v1.ConversationService/ReplyToConversation": ("t.talk", allow(staff=True)),
    **{
        f"/omo.member.v1.WalletService/{verb}": ("t.wallet", allow(device=True))
        for verb in ("GetWallet", "Hold", "Release")
    },
    **{
        f"/omo.order.v1.CartService/{verb}": ("t.cart", allow(staff=True))
        for verb in ("TakeCart", "ChangeCart", "ShowCartCode", "SettleCart", "UnlockCart")
    },
    **{
        f"/omo.inventory.v1.StockService/{verb}": ("t.holds", allow(device=True, staff=True))
        for verb in ("Hold", "ExtendHold", "Release")
    },
    "/omo.member.v1.VoucherService/IssueVoucher": ("t.voucher", allow(device=True)),
    "/omo.member.v1.GiftCardService/FindGiftCard": ("t.card", allow(device=True)),
    **{
        f"/omo.order.v1.TransferService/{verb}": ("t.transfers", allow(device=True, staff=True))
        for verb in ("RequestTransfer", "CallOffTransfer", "ListPickups")
    },
    "/omo.order.v1.FulfilmentService/ListTasks": ("t.tasks", allow(device=True, staff=True)),
    "/omo.order.v1.FulfilmentService/PickFulfilment": ("t.pick", allow(staff=True)),
    "/omo.order.v1.FulfilmentService/HandOverFulfilment": ("t.hand_over", allow(staff=True)),
}


class Away(Fault):
    """The owner's database is not there."""

    code = Code.UNAVAILABLE
    reason = "UNAVAILABLE"


@dataclass(slots=True)
class Lanes:
    """All four lanes in one database; `away` makes an owner refuse, `calls` counts frames with facts."""

    db: Database
    away: set[str] = field(default_factory=set)
    calls: dict[str, int] = field(default_factory=dict)
    actors: set[str] = field(default_factory=set)
    slow: float = 0.0

    async def take(self, lane: str, request: Any) -> facts.LaneAnswer:
        """Stores a frame exactly as an owner does."""
        if lane in self.away:
            raise Away(f"{lane} is away")
        frame = request.frame
        self.calls[lane] = self.calls.get(lane, 0) + bool(frame.facts)
        self.actors.add(access.current().actor.encode())
        for index, fact in enumerate(frame.facts):
            if not (getattr(fact, "sale_id", "") or getattr(fact, "fact_id", "")):
                raise invalid(f"facts[{index}].id", "must be a UUID")
        payloads = [fact.SerializeToString(deterministic=True) for fact in frame.facts]
        hashes = [hashlib.sha256(payload).digest() for payload in payloads]
        async with self.db.transaction() as tx:
            taken = await lanes.accept(tx, request.terminal_id, lane, frame.first_sequence, hashes, payloads)
            await asyncio.sleep(self.slow)
        return facts.LaneAnswer(
            durable_ack=taken.durable_ack,
            resend_from=taken.resend_from or 0,
            conflicts=[frame.first_sequence + index for index in taken.conflicts],
        )

    async def stored(self, terminal_id: str, lane: str = "SALES") -> list[int]:
        """The sequences that the server has."""
        async with self.db.read() as tx:
            rows = await tx.fetch(
                "SELECT sequence FROM lane_facts WHERE source = $1 AND lane = $2 ORDER BY sequence", terminal_id, lane
            )
        return [row["sequence"] for row in rows]

    async def hashes(self, terminal_id: str, lane: str = "SALES") -> dict[int, bytes]:
        """What the server has, by sequence."""
        async with self.db.read() as tx:
            rows = await tx.fetch(
                "SELECT sequence, hash FROM lane_facts WHERE source = $1 AND lane = $2", terminal_id, lane
            )
        return {row["sequence"]: row["hash"] for row in rows}

    async def conflicts(self, terminal_id: str, lane: str = "SALES") -> list[int]:
        """Sequences of which another content is in quarantine."""
        async with self.db.read() as tx:
            rows = await tx.fetch(
                "SELECT sequence FROM lane_conflicts WHERE source = $1 AND lane = $2 ORDER BY 1", terminal_id, lane
            )
        return [row["sequence"] for row in rows]


class Sales(sales_rpc.SalesServiceServicer):
    def __init__(self, lanes_: Lanes) -> None:
        self._lanes = lanes_

    async def RecordSales(self, request: Any, context: Any) -> sales.RecordSalesResponse:
        return sales.RecordSalesResponse(answer=await self._lanes.take("SALES", request))


class Stock(stock_rpc.StockFactServiceServicer):
    def __init__(self, lanes_: Lanes) -> None:
        self._lanes = lanes_

    async def RecordStock(self, request: Any, context: Any) -> stock.RecordStockResponse:
        return stock.RecordStockResponse(answer=await self._lanes.take("STOCK", request))


class People(identity_rpc.PeopleFactServiceServicer):
    def __init__(self, lanes_: Lanes) -> None:
        self._lanes = lanes_

    async def RecordPeople(self, request: Any, context: Any) -> identity.RecordPeopleResponse:
        return identity.RecordPeopleResponse(answer=await self._lanes.take("PEOPLE", request))


class Attribution(attribution_rpc.AttributionFactServiceServicer):
    def __init__(self, lanes_: Lanes) -> None:
        self._lanes = lanes_

    async def RecordAttribution(self, request: Any, context: Any) -> attribution.RecordAttributionResponse:
        return attribution.RecordAttributionResponse(answer=await self._lanes.take("ATTRIBUTION", request))


@dataclass(slots=True)
class Access(access_rpc.AccessServiceServicer):
    """Terminals with their stores; the secret of each is its name."""

    issuer: Issuer
    terminals: dict[str, str] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    life: int = 600
    data: Data = field(default_factory=Data)

    async def GetJwks(self, request: Any, context: Any) -> access_pb.GetJwksResponse:
        return access_pb.GetJwksResponse(jwks_json=json.dumps(await self.issuer.jwks()))

    async def IssueServiceToken(self, request: Any, context: Any) -> access_pb.IssueServiceTokenResponse:
        return access_pb.IssueServiceTokenResponse(access_token=self.issuer.token("service", request.service))

    async def ListStaff(self, request: Any, context: Any) -> access_pb.ListStaffResponse:
        return access_pb.ListStaffResponse(staff=self.data.staff)

    async def EnrolTerminal(self, request: Any, context: Any) -> access_pb.EnrolTerminalResponse:
        terminal = self._terminal(request.code)
        return access_pb.EnrolTerminalResponse(terminal=terminal, device_secret=request.code)

    async def IssueDeviceToken(self, request: Any, context: Any) -> access_pb.IssueDeviceTokenResponse:
        if request.device_secret != request.terminal_id or request.terminal_id in self.revoked:
            raise Fault("wrong", code=Code.UNAUTHENTICATED, reason="CREDENTIAL_INVALID")
        terminal = self._terminal(request.terminal_id)
        token = device_token(self.issuer, terminal.terminal_id, terminal.location_id, self.life)
        expires = Timestamp(seconds=int(time.time()) + self.life)
        return access_pb.IssueDeviceTokenResponse(access_token=token, expire_time=expires, terminal=terminal)

    async def SignInStaff(self, request: Any, context: Any) -> access_pb.SignInStaffResponse:
        device = access.current()
        token = self.issuer.token(
            "staff", "s1", staff_code=request.staff_code, terminal=device.terminal_id, locations=[*device.location_ids]
        )
        return access_pb.SignInStaffResponse(session=access_pb2.Session(access_token=token))

    async def ListTerminals(self, request: Any, context: Any) -> access_pb.ListTerminalsResponse:
        return access_pb.ListTerminalsResponse(terminals=[self._terminal(name) for name in self.terminals])

    def _terminal(self, name: str) -> access_pb2.Terminal:
        place = self.terminals.setdefault(name, "TPE01")
        return access_pb2.Terminal(terminal_id=name, location_id=place, active=name not in self.revoked)


class Fulfilment(fulfilment_rpc.FulfilmentServiceServicer):
    """Says what reached it."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def ListTasks(self, request: Any, context: Any) -> fulfilment.ListTasksResponse:
        self.asked.append((access.current(), request))
        return fulfilment.ListTasksResponse(version=request.after_version + 1)

    async def PickFulfilment(self, request: Any, context: Any) -> fulfilment.PickFulfilmentResponse:
        self.asked.append((access.current(), request))
        reply = fulfilment.PickFulfilmentResponse()
        reply.fulfilment.fulfilment_id = request.fulfilment_id
        return reply

    async def HandOverFulfilment(self, request: Any, context: Any) -> fulfilment.HandOverFulfilmentResponse:
        self.asked.append((access.current(), request))
        return fulfilment.HandOverFulfilmentResponse()


def device_token(issuer: Issuer, terminal_id: str, location_id: str, life: int = 600) -> str:
    """A device's token, as member signs it."""
    now = int(time.time())
    return issuer.token("device", terminal_id, terminal=terminal_id, locations=[location_id], exp=now + life)
