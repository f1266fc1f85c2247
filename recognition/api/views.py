"""REST v1: predictions."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from recognition import services
from recognition.api.preferences import preferred_wait_seconds
from recognition.api.problems import MEDIA_TYPE, plain_problem
from recognition.api.serializers import PredictionSerializer, ProblemSerializer, UploadSerializer
from recognition.models import Prediction
from recognition.models.prediction import PredictionQuerySet
from recognition.pictures import picture_response
from recognition.uploads import limit_uploads, read_upload

POLL_AFTER_SECONDS = 1


def problems(**meanings: str) -> dict[Any, Any]:
    """Error responses for the schema, given as ``_404="Which means this."``."""
    return {
        (int(code.removeprefix("_")), MEDIA_TYPE): OpenApiResponse(ProblemSerializer, description=meaning)
        for code, meaning in meanings.items()
    }


NOT_SIGNED_IN = {"_401": "No credentials, or wrong ones."}
NOT_FOUND = {"_404": "There is none of that id among your predictions."}


class NewestFirst(CursorPagination):
    """Pages by cursor: as quick at the end as at the beginning, and steady while new rows come in."""

    page_size = 50
    ordering = ("-created_at", "-id")


class AnyMediaType(BaseContentNegotiation):
    """For answers that are no document of ours, such as a picture: the client's wishes cannot be met otherwise."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


@extend_schema_view(
    list=extend_schema(
        summary="List your predictions, newest first",
        responses={200: PredictionSerializer, **problems(**NOT_SIGNED_IN)},
    ),
    retrieve=extend_schema(
        summary="Get one prediction", responses={200: PredictionSerializer, **problems(**NOT_SIGNED_IN, **NOT_FOUND)}
    ),
)
class PredictionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Prediction]):
    """Pictures that you sent, and the letters that were read from them."""

    serializer_class = PredictionSerializer
    parser_classes = [MultiPartParser]
    pagination_class = NewestFirst
    lookup_value_converter = "uuid"
    queryset = Prediction.objects.select_related("model_version")

    def get_queryset(self) -> PredictionQuerySet:
        queryset: PredictionQuerySet = self.queryset
        return queryset.owned_by(self.request.user)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        limit_uploads(request, max_files=1)
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(
        summary="Send a picture",
        description="Answers 202 at once; the answer is found at `Location` a moment later. With `Prefer: wait=N` "
        f"(seconds, at most {settings.MAX_WAIT_SECONDS}) it answers 201 with the result, if that comes in time.",
        request={"multipart/form-data": UploadSerializer},
        parameters=[
            OpenApiParameter("Prefer", str, OpenApiParameter.HEADER, description="RFC 7240; `wait=5` for example."),
            OpenApiParameter("Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=[201, 202]),
            OpenApiParameter("Preference-Applied", str, OpenApiParameter.HEADER, response=[201]),
            OpenApiParameter("Retry-After", int, OpenApiParameter.HEADER, response=[202, 503]),
        ],
        responses={
            201: OpenApiResponse(PredictionSerializer, description="Finished within the preferred wait."),
            202: OpenApiResponse(PredictionSerializer, description="Accepted; ask again at Location."),
            **problems(
                _400="No file, several, or a picture that is empty, damaged or too small.",
                **NOT_SIGNED_IN,
                _403="A session without its CSRF token.",
                _413="Too many bytes or pixels.",
                _415="Not a picture, or a format that is not read; or not multipart/form-data.",
                _503="The queue is away; nothing was accepted. Try again after Retry-After.",
            ),
        },
    )
    def create(self, request: Request) -> Response:
        upload = UploadSerializer(data=request.data)
        upload.is_valid(raise_exception=True)
        file = upload.validated_data["image"]
        prediction = services.request_prediction(
            owner=cast(User, request.user), data=read_upload(file), original_name=file.name or ""
        )
        wait = preferred_wait_seconds(request.headers.get("Prefer", ""), most=settings.MAX_WAIT_SECONDS)
        if wait:
            try:
                prediction = services.wait_for_result(prediction=prediction, seconds=wait)
            except Prediction.DoesNotExist as error:
                raise NotFound("The prediction was deleted while you waited for it.") from error
        return self._answer(prediction, wait)

    def _answer(self, prediction: Prediction, wait: int | None) -> Response:
        body = self.get_serializer(prediction).data
        headers = {"Location": str(body["url"]), "Vary": "Prefer"}
        if wait and prediction.is_finished:
            headers["Preference-Applied"] = f"wait={wait}"
            return Response(body, status=status.HTTP_201_CREATED, headers=headers)
        headers["Retry-After"] = str(POLL_AFTER_SECONDS)
        return Response(body, status=status.HTTP_202_ACCEPTED, headers=headers)

    @extend_schema(
        summary="Get a prediction's picture",
        description="Upright, as JPEG, without the metadata that it came with.",
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY, **problems(**NOT_SIGNED_IN, **NOT_FOUND)},
    )
    @action(detail=True, content_negotiation_class=AnyMediaType)
    def picture(self, request: Request, pk: str) -> HttpResponseBase:
        return picture_response(request._request, pk=pk, user=request.user)


@csrf_exempt
def unknown_path(request: HttpRequest) -> HttpResponseBase:
    return plain_problem(
        404, f"There is nothing at {request.path}. The schema is at /api/v1/schema/.", code="not_found"
    )
