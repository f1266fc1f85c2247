"""REST v1: texts that were signed to the camera."""

from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from recognition.api.inputs import LiveSessionInputSerializer
from recognition.api.parsers import LimitedJsonParser
from recognition.api.schema import BAD_REQUEST, NO_CSRF, NOT_FOUND, NOT_JSON, problems
from recognition.api.serializers import LiveSessionSerializer
from recognition.api.throttles import CountedFirst
from recognition.api.tokens import ShortPages
from recognition.models import LiveSession
from recognition.models.live_session import LiveSessionQuerySet


@extend_schema_view(
    list=extend_schema(
        summary="List the texts that you signed", responses={200: LiveSessionSerializer, **problems(BAD_REQUEST)}
    ),
    retrieve=extend_schema(
        summary="Get one text that you signed", responses={200: LiveSessionSerializer, **problems(NOT_FOUND)}
    ),
    destroy=extend_schema(summary="Delete a text", responses={204: None, **problems(NO_CSRF, NOT_FOUND)}),
)
class LiveSessionViewSet(
    CountedFirst,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet[LiveSession],
):
    """Texts that were signed to the camera and saved: letters and times, no pictures."""

    serializer_class = LiveSessionSerializer
    parser_classes = [LimitedJsonParser]
    pagination_class = ShortPages
    lookup_value_converter = "int"
    queryset = LiveSession.objects.all()

    def get_queryset(self) -> LiveSessionQuerySet:
        queryset: LiveSessionQuerySet = self.queryset
        return queryset.owned_by(self.request.user)

    @extend_schema(
        summary="Save a text",
        request=LiveSessionInputSerializer,
        parameters=[OpenApiParameter("Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=[200, 201])],
        responses={
            200: OpenApiResponse(
                LiveSessionSerializer, description="A text of that key had been saved: it says now what was sent."
            ),
            201: OpenApiResponse(LiveSessionSerializer, description="It is in the history."),
            **problems(BAD_REQUEST, NO_CSRF, NOT_JSON),
        },
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        said = LiveSessionInputSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        session, is_new = LiveSession.objects.keep(owner=cast(User, request.user), **said.validated_data)
        body = self.get_serializer(session).data
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(body, status=code, headers={"Location": str(body["url"])})
