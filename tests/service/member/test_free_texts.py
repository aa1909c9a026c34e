"""What people write stays where it is asked for: no event of member carries it."""

import uuid

from omo.member.v1 import access_service_pb2 as access_pb
from omo.member.v1 import member_events_pb2
from omo.member.v1 import points_service_pb2 as points_pb
from omo.member.v1 import points_service_pb2_grpc as points_rpc
from tests.service.member.conftest import Member
from tests.service.member.events import events
from tests.service.member.facts import enrolled, send, wish
from tests.service.member.profile_rig import add, with_sku

PERSON, PHONE = "陳小明", "0912345678"
TEXT = f"{PERSON} rang from {PHONE}"


async def test_no_event_carries_what_somebody_wrote(member: Member) -> None:
    adviser, admin = await member.adviser(), (await member.hq("admin")).access_token
    shopper = (await member.enrol(adviser, phone=PHONE, display_name=PERSON)).member_id
    await with_sku(member, "SCARF")
    await add(member, adviser, shopper, "SCARF", TEXT)
    made = str(uuid.uuid4())
    await send(member, enrolled(member, made, phone="0987654321", name=PERSON), wish(member, made, "HAT", note=TEXT))
    adjust = points_pb.AdjustPointsRequest(request_id=str(uuid.uuid4()), member_id=shopper, points=500, reason=TEXT)
    await member.call(points_rpc.PointsServiceStub(member.channel).AdjustPoints, adjust, admin)
    terminal_id, _, _ = await member.terminal()
    revoke = access_pb.RevokeTerminalRequest(request_id=str(uuid.uuid4()), terminal_id=terminal_id, reason=TEXT)
    await member.call(member.access.RevokeTerminal, revoke, admin)
    async with member.db.read() as tx:
        rows = await tx.fetch("SELECT subject, payload FROM outbox")
    assert {"MemberEnrolled", "WishChanged", "TerminalChanged"} <= {row["subject"].split(".")[3] for row in rows}
    found = [
        row["subject"] for row in rows for sought in (PERSON, PHONE, "912345678") if sought.encode() in row["payload"]
    ]
    assert found == []
    told = await events(member.db, member_events_pb2.TerminalChanged)
    assert told[-1].meta.reason == "OTHER"
