"""Who may call what of guests' orders."""

from kit.access import Permissions, allow

_GUESTS = "/omo.order.v1.GuestOrderService/"
# the secret proves who asks; the gateway says from where
_BY_LINK = allow(service={"gateway"})

GUESTS: Permissions = {
    f"{_GUESTS}ShowGuestLink": ("guests.link", allow(guest=True)),
    f"{_GUESTS}GetGuestOrder": ("guests.follow", _BY_LINK),
    f"{_GUESTS}CancelGuestOrder": ("guests.cancel", _BY_LINK),
}
