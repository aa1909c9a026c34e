"""Who may call what of goods that are ordered ahead, and of orders that are changed."""

from kit.access import Permissions, allow

_PREORDERS = "/omo.order.v1.PreorderService/"
_MERCHANDISE = allow(hq={"admin", "merchandiser"}, service={"operator"})

PREORDERS: Permissions = {
    f"{_PREORDERS}PutPreorder": ("preorders.write", _MERCHANDISE),
    f"{_PREORDERS}EndPreorder": ("preorders.write", _MERCHANDISE),
    f"{_PREORDERS}ListPreorders": ("preorders.read", allow(hq=True, service={"operator"})),
    # what the shop shows to everybody
    f"{_PREORDERS}ShowPreorders": ("preorders.show", allow(anonymous=True)),
}

_EDITS = "/omo.order.v1.OrderEditService/"
_CHANGING = allow(shop=True, staff={"manager", "adviser"}, hq={"admin", "service"}, service={"operator"})

EDITS: Permissions = {
    f"{_EDITS}PreviewEdit": ("order.edit", _CHANGING),
    f"{_EDITS}ApplyEdit": ("order.edit", _CHANGING),
    f"{_EDITS}GetEdits": ("order.read", allow(shop=True, staff=True, hq=True, service={"operator"})),
    f"{_EDITS}GetEditPolicy": ("edit_policy.read", allow(staff=True, hq=True, service={"operator"})),
    f"{_EDITS}PutEditPolicy": ("edit_policy.write", allow(hq={"admin"}, service={"operator"})),
}
