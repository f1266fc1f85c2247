"""REST v1: what belongs to the account as a whole."""

from typing import cast

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.archive import archive_of
from accounts.models import User
from recognition import services
from recognition.api.inputs import StatisticsQuerySerializer
from recognition.api.negotiation import AnyMediaType
from recognition.api.schema import BAD_REQUEST, problems
from recognition.api.serializers import StatisticsSerializer
from recognition.api.throttles import CountedFirst


class StatisticsView(CountedFirst, APIView):
    """What your pictures add up to."""

    @extend_schema(
        summary="Get your statistics",
        parameters=[StatisticsQuerySerializer],
        responses={200: StatisticsSerializer, **problems(BAD_REQUEST)},
    )
    def get(self, request: Request) -> Response:
        asked = StatisticsQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = services.statistics_of(owner=cast(User, request.user), step=asked.validated_data["step"])
        return Response(StatisticsSerializer(found).data)


class ExportView(CountedFirst, APIView):
    """All that the site holds about you."""

    content_negotiation_class = AnyMediaType

    @extend_schema(
        summary="Get all that the site holds about you",
        description="A ZIP file with your account, your predictions, and their pictures, written while it is sent.",
        responses={(200, "application/zip"): OpenApiTypes.BINARY, **problems()},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        name = f"asl-alphabet-{timezone.localdate():%Y-%m-%d}.zip"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        pieces = archive_of(cast(User, request.user))
        return StreamingHttpResponse(pieces, content_type="application/zip", headers=headers)
