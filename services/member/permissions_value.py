"""Who may give, sell, and look at what members can spend."""

from kit.access import Permissions, allow

_COUPONS = "/omo.member.v1.CouponService/"
_CARDS = "/omo.member.v1.GiftCardService/"
_PREPAID = "/omo.member.v1.PrepaidService/"
_BENEFITS = "/omo.member.v1.BenefitService/"
_VOUCHERS = "/omo.member.v1.VoucherService/"

_BRAND = {"admin", "merchandiser"}
_CARE = {"admin", "service"}
_BOOKS = {"admin", "analyst"}

VALUE: Permissions = {
    "/omo.member.v1.CreditService/AdjustCredit": ("credit.adjust", allow(hq=_CARE, service={"order"})),
    f"{_COUPONS}PutCouponCampaign": ("coupons.write", allow(hq=_BRAND)),
    f"{_COUPONS}ListCouponCampaigns": ("coupons.read", allow(hq=True, staff=True)),
    f"{_COUPONS}IssueCoupons": ("coupons.issue", allow(hq={*_BRAND, *_CARE})),
    f"{_COUPONS}ClaimCoupon": ("coupons.claim", allow(shop=True, staff=True)),
    f"{_CARDS}MakeGiftCards": ("gift_cards.make", allow(hq=_BRAND)),
    f"{_CARDS}ListGiftCardBatches": ("gift_cards.read", allow(hq=True)),
    f"{_CARDS}PutGiftCardGood": ("gift_cards.goods", allow(hq=_BRAND)),
    f"{_CARDS}ListGiftCardGoods": ("gift_cards.read", allow(hq=True)),
    f"{_CARDS}ActivateGiftCard": ("gift_cards.sell", allow(staff=True, hq=_CARE)),
    f"{_CARDS}FindGiftCard": ("gift_cards.find", allow(shop=True, staff=True, device=True, hq=_CARE)),
    f"{_CARDS}AssignGiftCard": ("gift_cards.assign", allow(shop=True, staff=True, hq=_CARE)),
    f"{_CARDS}CancelGiftCard": ("gift_cards.cancel", allow(hq=_CARE)),
    f"{_PREPAID}PutPrepaidProgram": ("prepaid.write", allow(hq=_BRAND)),
    f"{_PREPAID}ListPrepaidPrograms": ("prepaid.read", allow(shop=True, staff=True, hq=True, device=True)),
    f"{_PREPAID}SellPrepaidPack": ("prepaid.sell", allow(staff=True)),
    f"{_PREPAID}RedeemPrepaidUnits": ("prepaid.redeem", allow(staff=True)),
    f"{_PREPAID}GiftPrepaidUnits": ("prepaid.gift", allow(shop=True, hq=_CARE)),
    f"{_PREPAID}ListPrepaidRefunds": ("prepaid.refunds", allow(hq=True, service={"order"})),
    f"{_PREPAID}SettlePrepaidRefund": ("prepaid.refund", allow(hq=_CARE, service={"order"})),
    f"{_PREPAID}ReportPrepaid": ("prepaid.report", allow(hq=_BOOKS)),
    f"{_BENEFITS}PutBenefitProgram": ("benefits.write", allow(hq=_BRAND)),
    f"{_BENEFITS}ListBenefitPrograms": ("benefits.read", allow(hq=True, staff=True)),
    f"{_BENEFITS}GrantBenefit": ("benefits.grant", allow(hq=_CARE)),
    f"{_BENEFITS}PutBirthday": ("birthday.write", allow(shop=True, staff=True)),
    f"{_VOUCHERS}IssueVoucher": ("vouchers.issue", allow(device=True)),
    f"{_VOUCHERS}GetVoucherLimits": ("vouchers.read", allow(hq=True)),
    f"{_VOUCHERS}PutVoucherLimits": ("vouchers.write", allow(hq=_BRAND)),
}
