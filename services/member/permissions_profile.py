"""Who may call what of profiles and privacy; what of a member each is shown is decided kind by kind behind it."""

from kit.access import Permissions, allow

_TIMELINE = "/omo.member.v1.TimelineService/"
_TAGS = "/omo.member.v1.TagService/"
_SURVEYS = "/omo.member.v1.SurveyService/"
_PRIVACY = "/omo.member.v1.PrivacyService/"

_CARE = {"admin", "service"}
_SELLING = {"admin", "merchandiser"}
_DESK = {"admin", "service", "merchandiser"}
_CLERKS = allow(staff=True, hq=_CARE)

PROFILE: Permissions = {
    f"{_TIMELINE}ListTimeline": ("timeline.read", allow(shop=True, staff=True, hq=_DESK)),
    f"{_TIMELINE}RecordTrial": ("timeline.write", allow(staff=True)),
    f"{_TIMELINE}RecordVisit": ("timeline.write", allow(staff=True)),
    f"{_TIMELINE}AddNote": ("timeline.write", _CLERKS),
    f"{_TIMELINE}RecordComplaint": ("timeline.write", allow(shop=True, staff=True, hq=_CARE, service={"member"})),
    f"{_TIMELINE}SettleComplaint": ("timeline.write", _CLERKS),
    f"{_TIMELINE}RecordCall": ("timeline.write", _CLERKS),
    f"{_TIMELINE}RecordBrowsing": ("browsing.write", allow(shop=True)),
    f"{_TIMELINE}ListCalls": ("calls.read", allow(staff={"adviser", "manager"}, hq=_CARE)),
    f"{_TIMELINE}ListReads": ("reads.read", allow(shop=True, hq={"admin"})),
    f"{_TAGS}PutTagDefinition": ("tags.define", allow(hq=_SELLING)),
    f"{_TAGS}ListTagDefinitions": ("tags.read", allow(staff=True, hq=True)),
    f"{_TAGS}SetTag": ("tags.write", allow(staff=True, hq=_DESK)),
    f"{_TAGS}RemoveTag": ("tags.write", allow(staff=True, hq=_DESK)),
    f"{_TAGS}ListTags": ("tags.read_member", allow(staff=True, hq=_DESK)),
    f"{_TAGS}ListTagChanges": ("tags.read_member", allow(staff={"adviser", "manager"}, hq=_DESK)),
    f"{_SURVEYS}PutQuestionnaire": ("surveys.define", allow(hq=_SELLING)),
    f"{_SURVEYS}ListQuestionnaires": ("surveys.read", allow(staff=True, hq=True)),
    f"{_SURVEYS}OfferSurvey": ("surveys.offer", allow(staff=True)),
    f"{_SURVEYS}ListOffers": ("surveys.read_member", allow(shop=True, staff=True, hq=_DESK)),
    f"{_SURVEYS}AnswerSurvey": ("surveys.answer", allow(shop=True, staff=True)),
}

PRIVACY: Permissions = {
    f"{_PRIVACY}SetConsents": ("consents.write", allow(shop=True, staff=True, hq=_CARE)),
    f"{_PRIVACY}ListConsents": ("consents.read", allow(shop=True, staff=True, hq=_DESK)),
    f"{_PRIVACY}RequestExport": ("exports.write", allow(shop=True, hq=_CARE)),
    f"{_PRIVACY}GetExport": ("exports.read", allow(shop=True, hq=_CARE)),
    # the token is the licence: whoever has the link may fetch what it names, once
    f"{_PRIVACY}DownloadExport": ("exports.download", allow(anonymous=True)),
    f"{_PRIVACY}DeliverExportPart": ("exports.deliver", allow(service={"order", "inventory", "attribution"})),
    f"{_PRIVACY}RequestErasure": ("erasures.write", allow(shop=True, hq=_CARE)),
    f"{_PRIVACY}GetErasure": ("erasures.read", allow(shop=True, hq=_CARE)),
    f"{_PRIVACY}ClaimLeftValue": ("value.claim", allow(shop=True)),
    f"{_PRIVACY}CancelErasure": ("erasures.write", allow(shop=True, hq=_CARE)),
    f"{_PRIVACY}PutRetentionRule": ("retention.write", allow(hq={"admin"})),
    f"{_PRIVACY}ListRetentionRules": ("retention.read", allow(hq=True)),
}
