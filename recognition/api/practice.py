"""REST v1: rounds of practice before the camera."""

from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from recognition import services
from recognition.api.inputs import PracticeRoundInputSerializer
from recognition.api.parsers import LimitedJsonParser
from recognition.api.schema import BAD_REQUEST, NO_CSRF, NOT_FOUND, NOT_JSON, problems
from recognition.api.serializers import PracticeRoundSerializer
from recognition.api.throttles import CountedFirst
from recognition.api.tokens import ShortPages
from recognition.models import PracticeRound
from recognition.models.practice_round import PracticeRoundQuerySet
from recognition.practice import Attempt


@extend_schema_view(
    list=extend_schema(
        summary="List your rounds of practice", responses={200: PracticeRoundSerializer, **problems(BAD_REQUEST)}
    ),
    retrieve=extend_schema(
        summary="Get one round of practice", responses={200: PracticeRoundSerializer, **problems(NOT_FOUND)}
    ),
    destroy=extend_schema(summary="Delete a round of practice", responses={204: None, **problems(NO_CSRF, NOT_FOUND)}),
)
class PracticeRoundViewSet(
    CountedFirst,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet[PracticeRound],
):
    """Rounds of practice: which letters were asked for, and how each went. No pictures."""

    serializer_class = PracticeRoundSerializer
    parser_classes = [LimitedJsonParser]
    pagination_class = ShortPages
    lookup_value_converter = "int"
    queryset = PracticeRound.objects.prefetch_related("attempts")

    def get_queryset(self) -> PracticeRoundQuerySet:
        queryset: PracticeRoundQuerySet = self.queryset
        return queryset.owned_by(self.request.user)

    @extend_schema(
        summary="Keep a round of practice",
        request=PracticeRoundInputSerializer,
        parameters=[OpenApiParameter("Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=[200, 201])],
        responses={
            200: OpenApiResponse(PracticeRoundSerializer, description="It had been kept already, as this says."),
            201: OpenApiResponse(PracticeRoundSerializer, description="It is kept."),
            **problems(BAD_REQUEST, NO_CSRF, NOT_JSON),
        },
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        said = PracticeRoundInputSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        facts = said.validated_data
        attempts = [Attempt(**one) for one in facts.pop("attempts")]
        practised, is_new = services.keep_practice_round(owner=cast(User, request.user), attempts=attempts, **facts)
        body = self.get_serializer(practised).data
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(body, status=code, headers={"Location": str(body["url"])})
