"""Who may call what of segments, campaigns and messages."""

from kit.access import Permissions, allow

_SEGMENT = "/omo.member.v1.SegmentService/"
_MESSAGE = "/omo.member.v1.MessageService/"
_CAMPAIGN = "/omo.member.v1.CampaignService/"
_REFERRAL = "/omo.member.v1.ReferralService/"
_AUTHORS = allow(hq={"admin", "merchandiser"})
_READERS = allow(hq={"admin", "merchandiser", "service", "analyst"})
_SHOPPER = allow(shop=True, hq={"admin", "service"})

ENGAGEMENT: Permissions = {
    f"{_SEGMENT}PutSegment": ("segments.write", _AUTHORS),
    f"{_SEGMENT}GetSegment": ("segments.read", _READERS),
    f"{_SEGMENT}ListSegments": ("segments.read", _READERS),
    f"{_SEGMENT}PreviewSegment": ("segments.preview", _READERS),
    f"{_SEGMENT}ListSegmentFields": ("segments.read", _READERS),
    f"{_SEGMENT}CheckMemberships": ("segments.members", allow(service={"order", "operator"})),
    f"{_SEGMENT}CountRfmGroups": ("segments.preview", _READERS),
    f"{_SEGMENT}RefreshFacts": ("segments.repair", allow(hq={"admin"}, service={"operator"})),
    f"{_SEGMENT}RebuildFacts": ("segments.repair", allow(hq={"admin"}, service={"operator"})),
    f"{_MESSAGE}PutTemplate": ("templates.write", _AUTHORS),
    f"{_MESSAGE}GetTemplate": ("templates.read", _READERS),
    f"{_MESSAGE}ListTemplates": ("templates.read", _READERS),
    f"{_MESSAGE}PreviewTemplate": ("templates.read", _READERS),
    f"{_MESSAGE}PutMessageRules": ("message_rules.write", allow(hq={"admin"})),
    f"{_MESSAGE}GetMessageRules": ("message_rules.read", _READERS),
    f"{_MESSAGE}PutPreferences": ("preferences.write", _SHOPPER),
    f"{_MESSAGE}GetPreferences": ("preferences.read", _SHOPPER),
    f"{_MESSAGE}ListMessages": ("messages.read", _SHOPPER),
    f"{_MESSAGE}ListChannels": ("message_channels.read", _READERS),
    f"{_MESSAGE}ResumeChannel": ("message_channels.resume", allow(hq={"admin"})),
    # what the link says proves it
    f"{_MESSAGE}FollowLink": ("links.follow", allow(anonymous=True)),
    f"{_CAMPAIGN}PutCampaign": ("campaigns.write", _AUTHORS),
    f"{_CAMPAIGN}GetCampaign": ("campaigns.read", _READERS),
    f"{_CAMPAIGN}ListCampaigns": ("campaigns.read", _READERS),
    f"{_CAMPAIGN}StartCampaign": ("campaigns.start", _AUTHORS),
    f"{_CAMPAIGN}PauseCampaign": ("campaigns.pause", _AUTHORS),
    f"{_CAMPAIGN}GetCampaignResults": ("campaigns.read", _READERS),
    f"{_CAMPAIGN}ListMissions": ("missions.read", allow(shop=True, staff=True, hq={"admin", "service"})),
    f"{_REFERRAL}GetReferralCode": ("referrals.read", _SHOPPER),
    f"{_REFERRAL}BindReferral": ("referrals.bind", allow(shop=True)),
    f"{_REFERRAL}ListReferrals": ("referrals.read", _SHOPPER),
    f"{_REFERRAL}PutReferralRules": ("referral_rules.write", allow(hq={"admin", "merchandiser"})),
    f"{_REFERRAL}GetReferralRules": ("referral_rules.read", _READERS),
}
