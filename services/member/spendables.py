"""Everything that members hold and can spend, room by room."""

from services.member.benefits.room import BenefitRoom
from services.member.cards.room import CardRoom
from services.member.coupons.room import CouponRoom
from services.member.credit.room import CreditRoom
from services.member.ground import Ground, Room
from services.member.prepaid.room import PrepaidRoom
from services.member.value.room import ValueRoom
from services.member.vouchers.room import VoucherRoom
from services.member.wallet.room import WalletRoom


def spendables(g: Ground, wallet: WalletRoom) -> tuple[Room, ...]:
    """Vouchers hear of a sale before the wallet does, which spends what they hold for it."""
    value = ValueRoom(g)
    prepaid = PrepaidRoom(g, value.endings)
    return (
        value,
        VoucherRoom(g, wallet.wallet),
        wallet,
        CreditRoom(g),
        CouponRoom(g),
        CardRoom(g),
        prepaid,
        BenefitRoom(g),
    )
