"""What is asked about a wallet."""

from datetime import datetime, timedelta

from kit.postgres import Tx
from omo.member.v1 import wallet_pb2 as pb
from services.member.points import reading as members
from services.member.points import store as points
from services.member.value import store as lots
from services.member.value import wire
from services.member.value.domain import Kind
from services.member.wallet import store

# what is used up or over is shown so much longer
_SHOWN = timedelta(days=30)


async def wallet(tx: Tx, member_id: str, now: datetime) -> pb.Wallet:
    """All that a member holds; raises MemberUnknown."""
    await members.require_member(tx, member_id)
    member_id = (await points.resolve(tx, [member_id]))[member_id]
    balance = await points.balance(tx, member_id)
    held = await lots.of_member(tx, member_id, now - _SHOWN)
    credit = [lot for lot in held if lot.kind is Kind.CREDIT]
    return pb.Wallet(
        member_id=member_id,
        points_active=balance.active,
        points_held=balance.held,
        credit_active=sum(lot.active for lot in credit if lot.usable(now)),
        credit_held=sum(lot.held for lot in credit),
        credit_owed=sum(lot.owed for lot in credit),
        lots=[wire.lot(lot, now) for lot in held],
        frozen=await store.frozen(tx, member_id),
    )
