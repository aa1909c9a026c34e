"""Who may take and give money at a till, and who may say how work goes on that gave up."""

from kit.access import Permissions, allow

_TENDERS = "/omo.order.v1.TenderService/"
_ATTENTION = "/omo.order.v1.AttentionService/"

_DOORS = {"gateway", "storelink"}
_TILL = allow(staff={"manager", "cashier", "adviser"}, device=True, service={"operator", *_DOORS})
_CARE = allow(hq={"admin", "service"}, service={"operator"})
_READERS = allow(hq={"admin", "service", "analyst"}, service={"operator"})

TILLS_AND_ATTENTION: Permissions = {
    f"{_TENDERS}GetOutstanding": ("tenders.read", allow(staff=True, hq=True, device=True, service=True)),
    f"{_TENDERS}TakeTender": ("tenders.take", _TILL),
    f"{_TENDERS}GiveTender": ("tenders.give", allow(staff={"manager", "cashier"}, device=True, service={"operator"})),
    f"{_ATTENTION}ListAttention": ("attention.read", _READERS),
    f"{_ATTENTION}ListInterventions": ("attention.read", _READERS),
    f"{_ATTENTION}RetryAttention": ("attention.retry", _CARE),
    f"{_ATTENTION}SkipAttention": ("attention.skip", allow(hq={"admin"}, service={"operator"})),
    f"{_ATTENTION}CompensateAttention": ("attention.compensate", _CARE),
}
