"""Who may call what of conversations and channels."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_ANYBODY = allow(anonymous=True)
_SHOP = allow(shop=True)
_STAFF = allow(staff=True)
_ADMIN = allow(hq={"admin"})
_DESK = allow(hq={"admin", "service"})
_PROVIDER = "the provider's own notification id makes it the same call"
_EVENTS = 512 * 1024

TALK: Table = {
    ("POST", "/v1/webhooks/messages/{provider}"): Route("channels.notify", _ANYBODY, _PROVIDER, body=_EVENTS),
    ("PUT", "/v1/hq/service-hours"): Route("service_hours.write", _ADMIN),
    ("GET", "/v1/hq/service-hours"): Route("service_hours.read", _DESK),
    ("GET", "/v1/push/key"): Route("push.read", _ANYBODY),
    ("POST", "/v1/me/push/subscriptions"): Route("push.subscribe", _SHOP, cost=2),
    ("DELETE", "/v1/me/push/subscriptions/{subscription_id}"): Route("push.subscribe", _SHOP),
    ("POST", "/v1/me/chat"): Route("conversations.write", _SHOP, cost=5),
    ("GET", "/v1/me/chat"): Route("conversations.read_own", _SHOP),
    ("GET", "/v1/me/chat/events"): Route("conversations.read_own", _SHOP, cost=5),
}
for _door, _who in (("staff", _STAFF), ("hq", _DESK)):
    TALK = {
        **TALK,
        ("GET", f"/v1/{_door}/conversations"): Route("conversations.read", _who),
        ("GET", f"/v1/{_door}/conversations/tasks"): Route("conversations.tasks", _who),
        ("GET", f"/v1/{_door}/conversations/{{conversation_id}}"): Route("conversations.read", _who, cost=2),
        ("POST", f"/v1/{_door}/conversations/{{conversation_id}}/replies"): Route("conversations.reply", _who, cost=2),
        ("POST", f"/v1/{_door}/conversations/{{conversation_id}}/replies/{{entry_id}}/retry"): Route(
            "conversations.reply", _who, cost=2
        ),
        ("GET", f"/v1/{_door}/members/{{member_id}}/addresses"): Route("addresses.read", _who, cost=2),
        ("POST", f"/v1/{_door}/conversations/{{conversation_id}}/notes"): Route("conversations.note", _who),
        ("POST", f"/v1/{_door}/conversations/{{conversation_id}}/handover"): Route("conversations.hand_over", _who),
        ("POST", f"/v1/{_door}/conversations/{{conversation_id}}/close"): Route("conversations.close", _who),
    }
