"""Who may call what of all that members hold and can spend."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_SHOP = allow(shop=True)
_STAFF = allow(staff=True)
_HQ = allow(hq=True)
_CARE = allow(hq={"admin", "service"})
_READERS = allow(hq={"admin", "service", "analyst"})
_BOOKS = allow(hq={"admin", "analyst"})
_BRAND = allow(hq={"admin", "merchandiser"})
_GIVE = allow(hq={"admin", "merchandiser", "service"})

_LOOK = "a look-up changes nothing; POST only keeps the code out of addresses and logs"

VALUE: Table = {
    ("GET", "/v1/me/wallet"): Route("me.read", _SHOP),
    ("GET", "/v1/me/wallet/entries"): Route("me.read", _SHOP),
    ("POST", "/v1/me/coupons/{campaign_id}/claim"): Route("coupons.claim", _SHOP, cost=5),
    ("POST", "/v1/me/gift-cards/find"): Route("gift_cards.find", _SHOP, _LOOK, cost=10),
    ("POST", "/v1/me/gift-cards"): Route("gift_cards.assign", _SHOP, cost=10),
    ("POST", "/v1/me/prepaid/{lot_id}/gift"): Route("prepaid.gift", _SHOP, cost=5),
    ("PUT", "/v1/me/birthday"): Route("birthday.write", _SHOP, cost=2),
    ("GET", "/v1/staff/members/{member_id}/wallet"): Route("wallet.read", _STAFF),
    ("GET", "/v1/staff/members/{member_id}/wallet/entries"): Route("wallet.read", _STAFF),
    ("POST", "/v1/staff/members/{member_id}/coupons/{campaign_id}/claim"): Route("coupons.claim", _STAFF, cost=2),
    ("POST", "/v1/staff/gift-cards/sell"): Route("gift_cards.sell", _STAFF, cost=5),
    ("POST", "/v1/staff/gift-cards/find"): Route("gift_cards.find", _STAFF, _LOOK, cost=5),
    ("POST", "/v1/staff/members/{member_id}/gift-cards"): Route("gift_cards.assign", _STAFF, cost=5),
    ("GET", "/v1/staff/prepaid/programs"): Route("prepaid.read", _STAFF),
    ("POST", "/v1/staff/members/{member_id}/prepaid"): Route("prepaid.sell", _STAFF, cost=2),
    ("POST", "/v1/staff/members/{member_id}/prepaid/redeem"): Route("prepaid.redeem", _STAFF, cost=2),
    ("PUT", "/v1/staff/members/{member_id}/birthday"): Route("birthday.write", _STAFF, cost=2),
    ("GET", "/v1/hq/members/{member_id}/wallet"): Route("wallet.read", _READERS),
    ("POST", "/v1/hq/members/{member_id}/credit"): Route("credit.adjust", _CARE, cost=5),
    ("PUT", "/v1/hq/coupon-campaigns"): Route("coupons.write", _BRAND, cost=5),
    ("GET", "/v1/hq/coupon-campaigns"): Route("coupons.read", _HQ, cost=5),
    ("POST", "/v1/hq/coupon-campaigns/{campaign_id}/issue"): Route("coupons.issue", _GIVE, cost=20),
    ("POST", "/v1/hq/gift-card-batches"): Route("gift_cards.make", _BRAND, cost=20),
    ("GET", "/v1/hq/gift-card-batches"): Route("gift_cards.read", _HQ, cost=5),
    ("PUT", "/v1/hq/gift-card-goods"): Route("gift_cards.goods", _BRAND, cost=5),
    ("GET", "/v1/hq/gift-card-goods"): Route("gift_cards.read", _HQ),
    ("POST", "/v1/hq/gift-cards/{card_id}/cancel"): Route("gift_cards.cancel", _CARE, cost=5),
    ("PUT", "/v1/hq/prepaid/programs"): Route("prepaid.write", _BRAND, cost=5),
    ("GET", "/v1/hq/prepaid/programs"): Route("prepaid.read", _HQ),
    ("GET", "/v1/hq/prepaid/report"): Route("prepaid.report", _BOOKS, cost=20),
    ("GET", "/v1/hq/prepaid/refunds"): Route("prepaid.refunds", _HQ),
    ("POST", "/v1/hq/prepaid/refunds/{pack_id}/settle"): Route("prepaid.refund", _CARE, cost=5),
    ("PUT", "/v1/hq/benefit-programs"): Route("benefits.write", _BRAND, cost=5),
    ("GET", "/v1/hq/benefit-programs"): Route("benefits.read", _HQ),
    ("GET", "/v1/hq/voucher-limits"): Route("vouchers.read", _HQ),
    ("PUT", "/v1/hq/voucher-limits"): Route("vouchers.write", _BRAND, cost=5),
    ("POST", "/v1/hq/benefit-programs/{program_id}/grant"): Route("benefits.grant", _CARE, cost=5),
}
