"""Who may call what of segments, campaigns, messages and referrals."""

from gateway.http.door.routed import Route, Table
from kit.access import allow

_ANYBODY = allow(anonymous=True)
_SHOP = allow(shop=True)
_AUTHORS = allow(hq={"admin", "merchandiser"})
_READERS = allow(hq={"admin", "merchandiser", "service", "analyst"})
_ADMIN = allow(hq={"admin"})
_CARE = allow(hq={"admin", "service"})
_COUNTED = "a preview keeps nothing"
_LINK = "the signed link names the message: followed again it notes nothing new"
_RULE = 128 * 1024
_TEMPLATE = 256 * 1024

ENGAGEMENT: Table = {
    ("GET", "/v1/t/{token}"): Route("links.follow", _ANYBODY),
    ("POST", "/v1/t/{token}"): Route("links.follow", _ANYBODY, _LINK),
    ("GET", "/v1/me/messages"): Route("messages.read", _SHOP),
    ("GET", "/v1/me/message-preferences"): Route("preferences.read", _SHOP),
    ("PUT", "/v1/me/message-preferences"): Route("preferences.write", _SHOP),
    ("GET", "/v1/me/missions"): Route("missions.read", _SHOP),
    ("GET", "/v1/me/referral"): Route("referrals.read", _SHOP),
    ("POST", "/v1/me/referral"): Route("referrals.bind", _SHOP, cost=5),
    ("PUT", "/v1/hq/segments/{segment_id}"): Route("segments.write", _AUTHORS, cost=2, body=_RULE),
    ("GET", "/v1/hq/segments"): Route("segments.read", _READERS),
    ("GET", "/v1/hq/segments/fields"): Route("segments.read", _READERS),
    ("GET", "/v1/hq/segments/rfm"): Route("segments.preview", _READERS, cost=10),
    ("GET", "/v1/hq/segments/{segment_id}"): Route("segments.read", _READERS),
    ("POST", "/v1/hq/segments/preview"): Route("segments.preview", _READERS, _COUNTED, cost=10, body=_RULE),
    ("POST", "/v1/hq/members/{member_id}/facts/refresh"): Route(
        "segments.repair", _ADMIN, "what is known is worked out anew, however often"
    ),
    ("POST", "/v1/hq/facts/rebuild"): Route(
        "segments.repair", _ADMIN, "what is known stays, however often it is fetched", cost=10
    ),
    ("PUT", "/v1/hq/templates/{template_id}"): Route("templates.write", _AUTHORS, cost=2, body=_TEMPLATE),
    ("GET", "/v1/hq/templates"): Route("templates.read", _READERS, cost=2),
    ("GET", "/v1/hq/templates/{template_id}"): Route("templates.read", _READERS),
    ("POST", "/v1/hq/templates/{template_id}/preview"): Route("templates.read", _READERS, _COUNTED),
    ("PUT", "/v1/hq/message-rules"): Route("message_rules.write", _ADMIN),
    ("GET", "/v1/hq/message-rules"): Route("message_rules.read", _READERS),
    ("GET", "/v1/hq/message-channels"): Route("message_channels.read", _READERS),
    ("POST", "/v1/hq/message-channels/{channel}/resume"): Route("message_channels.resume", _ADMIN),
    ("GET", "/v1/hq/members/{member_id}/messages"): Route("messages.read", _CARE),
    ("PUT", "/v1/hq/campaigns/{campaign_id}"): Route("campaigns.write", _AUTHORS, cost=2),
    ("GET", "/v1/hq/campaigns"): Route("campaigns.read", _READERS),
    ("GET", "/v1/hq/campaigns/{campaign_id}"): Route("campaigns.read", _READERS),
    ("POST", "/v1/hq/campaigns/{campaign_id}/start"): Route("campaigns.start", _AUTHORS, cost=5),
    ("POST", "/v1/hq/campaigns/{campaign_id}/pause"): Route("campaigns.pause", _AUTHORS),
    ("GET", "/v1/hq/campaigns/{campaign_id}/results"): Route("campaigns.read", _READERS, cost=5),
    ("PUT", "/v1/hq/referral-rules"): Route("referral_rules.write", _AUTHORS),
    ("GET", "/v1/hq/referral-rules"): Route("referral_rules.read", _READERS),
}
