"""Questionnaires and offers as gRPC."""

from typing import Any

from kit import access, fields, requests
from kit.access import Kind as Who
from kit.postgres import Tx
from omo.member.v1 import profile_service_pb2 as pb
from omo.member.v1 import profile_service_pb2_grpc as rpc
from services.member.ground import Ground
from services.member.identity import reading
from services.member.profile import store_surveys, store_timeline, wire_surveys
from services.member.profile.surveying import Surveying


class SurveyServicer(rpc.SurveyServiceServicer):
    """Unwrap, one use case, wrap; answers to requests are remembered without what was said."""

    def __init__(self, ground: Ground, surveys: Surveying) -> None:
        self._g = ground
        self._surveys = surveys

    async def PutQuestionnaire(self, request: pb.PutQuestionnaireRequest, context: Any) -> pb.PutQuestionnaireResponse:
        """The next version."""
        asked = wire_surveys.asked(request.questionnaire)

        async def work(tx: Tx) -> pb.PutQuestionnaireResponse:
            kept = await self._surveys.put(tx, asked)
            return pb.PutQuestionnaireResponse(questionnaire=wire_surveys.questionnaire(kept))

        told = requests.Request.of("PutQuestionnaire", request)
        return await requests.once(self._g.db, told, work, pb.PutQuestionnaireResponse)

    async def ListQuestionnaires(
        self, request: pb.ListQuestionnairesRequest, context: Any
    ) -> pb.ListQuestionnairesResponse:
        """The present versions."""
        async with self._g.db.read() as tx:
            found = await store_surveys.all_present(tx)
        return pb.ListQuestionnairesResponse(questionnaires=map(wire_surveys.questionnaire, found))

    async def OfferSurvey(self, request: pb.OfferSurveyRequest, context: Any) -> pb.OfferSurveyResponse:
        """As the calling staff member."""
        member_id = fields.identifier("member_id", request.member_id)
        questionnaire_id = fields.code("questionnaire_id", request.questionnaire_id)

        async def work(tx: Tx) -> pb.OfferSurveyResponse:
            offer, of = await self._surveys.offer(tx, member_id, questionnaire_id)
            return pb.OfferSurveyResponse(offer=wire_surveys.offer(offer, of, []))

        told = requests.Request.of("OfferSurvey", request)
        return await requests.once(self._g.db, told, work, pb.OfferSurveyResponse)

    async def ListOffers(self, request: pb.ListOffersRequest, context: Any) -> pb.ListOffersResponse:
        """With what was answered, except for whoever only sells."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        principal = access.current()
        may_read = principal.kind is Who.MEMBER or bool({"admin", "service", "adviser", "manager"} & principal.roles)
        async with self._g.db.transaction() as tx:
            offers = await store_surveys.of_member(tx, await store_timeline.ids(tx, member_id))
            shown = []
            for one in offers:
                of = await store_surveys.version(tx, one.questionnaire_id, one.version)
                shown.append(wire_surveys.offer(one, of, await self._surveys.answers(tx, one) if may_read else []))
            if principal.kind is not Who.MEMBER:
                await reading.note(tx, self._g.clock(), "ListOffers", member_id=member_id)
        return pb.ListOffersResponse(offers=shown)

    async def AnswerSurvey(self, request: pb.AnswerSurveyRequest, context: Any) -> pb.AnswerSurveyResponse:
        """By the member, or at the counter for him."""
        member_id = fields.identifier("member_id", request.member_id)
        access.require_member(member_id)
        offer_id = fields.identifier("offer_id", request.offer_id)
        given = wire_surveys.answers(request.answers)

        async def work(tx: Tx) -> pb.AnswerSurveyResponse:
            offer, of = await self._surveys.answer(tx, member_id, offer_id, given)
            return pb.AnswerSurveyResponse(offer=wire_surveys.offer(offer, of, []))

        reply = await requests.once(self._g.db, self._named(request), work, pb.AnswerSurveyResponse)
        reply.offer.answers.MergeFrom(request.answers)
        return reply

    def _named(self, request: pb.AnswerSurveyRequest) -> requests.Request:
        bare = pb.AnswerSurveyRequest()
        bare.CopyFrom(request)
        for number, one in enumerate(bare.answers):
            if one.text:
                one.text = self._g.vault.digest("fingerprint", "AnswerSurvey", str(number), one.text).hex()
        return requests.Request.of("AnswerSurvey", bare)
