"""Who may call what of conversations and channels."""

from kit.access import Permissions, allow

_TALK = "/omo.member.v1.ConversationService/"
_CHANNEL = "/omo.member.v1.ChannelService/"
_DESK = {"admin", "service"}
_ANSWERERS = allow(staff=True, hq=_DESK)

REACH: Permissions = {
    f"{_TALK}WriteMessage": ("conversations.write", allow(shop=True)),
    f"{_TALK}ReadMessages": ("conversations.read_own", allow(shop=True)),
    f"{_TALK}ListConversations": ("conversations.read", _ANSWERERS),
    f"{_TALK}ReadConversation": ("conversations.read", _ANSWERERS),
    f"{_TALK}ReplyToConversation": ("conversations.reply", _ANSWERERS),
    f"{_TALK}RetryReply": ("conversations.reply", _ANSWERERS),
    f"{_TALK}PutServiceHours": ("service_hours.write", allow(hq={"admin"})),
    f"{_TALK}GetServiceHours": ("service_hours.read", _ANSWERERS),
    f"{_TALK}AddConversationNote": ("conversations.note", _ANSWERERS),
    f"{_TALK}HandOverConversation": ("conversations.hand_over", _ANSWERERS),
    f"{_TALK}CloseConversation": ("conversations.close", _ANSWERERS),
    f"{_TALK}ListConversationTasks": ("conversations.tasks", _ANSWERERS),
    # the provider's signature is what proves it
    f"{_CHANNEL}RecordChannelNotification": ("channels.notify", allow(anonymous=True)),
    f"{_CHANNEL}ListAddresses": ("addresses.read", _ANSWERERS),
    f"{_CHANNEL}GetPushKey": ("push.read", allow(anonymous=True)),
    f"{_CHANNEL}AddPushSubscription": ("push.subscribe", allow(shop=True)),
    f"{_CHANNEL}RemovePushSubscription": ("push.subscribe", allow(shop=True)),
}
