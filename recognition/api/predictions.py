"""REST v1: predictions."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from recognition import services
from recognition.api.inputs import (
    Base64BatchSerializer,
    Base64UploadSerializer,
    BatchUploadSerializer,
    CorrectionInputSerializer,
    IdsSerializer,
    UploadSerializer,
)
from recognition.api.listing import PARAMETERS, PredictionPages
from recognition.api.negotiation import AnyMediaType
from recognition.api.parsers import LimitedJsonParser, PictureJsonParser
from recognition.api.preferences import preferred_wait_seconds
from recognition.api.problems import NONE_OF_YOURS, problem_of
from recognition.api.schema import BAD_REQUEST, NO_CSRF, NO_LENGTH, NOT_FOUND, NOT_JSON, problems
from recognition.api.serializers import (
    BatchSerializer,
    CorrectionSerializer,
    DeletedSerializer,
    PredictionSerializer,
    RestoredSerializer,
)
from recognition.api.throttles import CountedFirst
from recognition.models import Prediction
from recognition.models.prediction import PredictionQuerySet
from recognition.pictures import picture_response, thumbnail_response
from recognition.uploads import read_upload, take_pictures
from worker.ml.images import ImageError

POLL_AFTER_SECONDS = 1


@extend_schema_view(
    list=extend_schema(
        summary="List your predictions",
        description="Newest first, if nothing else is asked for.",
        parameters=PARAMETERS,
        responses={200: PredictionSerializer, **problems(BAD_REQUEST)},
    ),
    retrieve=extend_schema(summary="Get one prediction", responses={200: PredictionSerializer, **problems(NOT_FOUND)}),
)
class PredictionViewSet(CountedFirst, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Prediction]):
    """Pictures that you sent, and the letters that were read from them."""

    serializer_class = PredictionSerializer
    parser_classes = [LimitedJsonParser]
    pagination_class = PredictionPages
    lookup_value_converter = "uuid"
    queryset = Prediction.objects.select_related("model_version", "correction")
    max_files = 1

    def get_queryset(self) -> PredictionQuerySet:
        queryset: PredictionQuerySet = self.queryset
        return queryset.owned_by(self.request.user)

    @property
    def person(self) -> User:
        return cast(User, self.request.user)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        take_pictures(request, max_files=self.max_files)
        return super().initialize_request(request, *args, **kwargs)

    def get_parsers(self) -> list[Any]:
        sends_a_picture = getattr(self, "action_map", {}).get("post") == "create"
        return [MultiPartParser(), PictureJsonParser()] if sends_a_picture else super().get_parsers()

    @extend_schema(
        summary="Send a picture",
        description="As a file, or in base64 in JSON. Answers 202 at once; the answer is found at `Location` a moment "
        f"later. With `Prefer: wait=N` (seconds, at most {settings.MAX_WAIT_SECONDS}) it answers 201 with the result, "
        "if that comes in time.",
        request={"multipart/form-data": UploadSerializer, "application/json": Base64UploadSerializer},
        parameters=[
            OpenApiParameter("Prefer", str, OpenApiParameter.HEADER, description="RFC 7240; `wait=5` for example."),
            OpenApiParameter("Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=[201, 202]),
            OpenApiParameter("Preference-Applied", str, OpenApiParameter.HEADER, response=[201]),
            OpenApiParameter("Retry-After", int, OpenApiParameter.HEADER, response=[202, 429, 503]),
        ],
        responses={
            201: OpenApiResponse(PredictionSerializer, description="Finished within the preferred wait."),
            202: OpenApiResponse(PredictionSerializer, description="Accepted; ask again at Location."),
            **problems(
                NO_CSRF,
                NO_LENGTH,
                _400="No picture, several, an unknown field, or a picture that is empty, damaged or too small.",
                _404="The prediction was deleted while you waited for it.",
                _413="Too many bytes or pixels.",
                _415="Not a picture, or a format that is not read; or neither multipart/form-data nor JSON.",
                _503="The queue is away, the disk full, or too many of yours wait. Try again after Retry-After.",
            ),
        },
    )
    def create(self, request: Request) -> Response:
        data, name = self._picture_of(request)
        prediction = services.request_prediction(owner=self.person, data=data, original_name=name)
        wait = preferred_wait_seconds(request.headers.get("Prefer", ""), most=settings.MAX_WAIT_SECONDS)
        if wait:
            try:
                prediction = services.wait_for_result(prediction=prediction, seconds=wait)
            except Prediction.DoesNotExist as error:
                raise NotFound("The prediction was deleted while you waited for it.") from error
        return self._answer(prediction, wait)

    @staticmethod
    def _picture_of(request: Request) -> tuple[bytes, str]:
        if (request.content_type or "").startswith("multipart/"):
            upload = UploadSerializer(data=request.data)
            upload.is_valid(raise_exception=True)
            file = upload.validated_data["image"]
            return read_upload(file), services.clean_form_name(file.name or "")
        sent = Base64UploadSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        return sent.validated_data["image_base64"], sent.validated_data["name"]

    def _answer(self, prediction: Prediction, wait: int | None) -> Response:
        body = self.get_serializer(prediction).data
        headers = {"Location": str(body["url"]), "Vary": "Prefer"}
        if wait and prediction.is_finished:
            headers["Preference-Applied"] = f"wait={wait}"
            return Response(body, status=status.HTTP_201_CREATED, headers=headers)
        headers["Retry-After"] = str(POLL_AFTER_SECONDS)
        return Response(body, status=status.HTTP_202_ACCEPTED, headers=headers)

    @extend_schema(
        summary="Send several pictures",
        description="As files, or in base64 in JSON. Each is judged on its own: the answer, 207, lists in their order "
        "what became of them. Only if nothing at all could be accepted for the reasons of 503 it is that. "
        "Nothing is waited for.",
        request={"multipart/form-data": BatchUploadSerializer, "application/json": Base64BatchSerializer},
        responses={
            207: OpenApiResponse(BatchSerializer, description="By picture: a prediction (202) or a problem."),
            **problems(
                NO_CSRF,
                NO_LENGTH,
                _400="No picture, too many, an unknown field, or what is no base64.",
                _413="The body is too large.",
                _415="Neither multipart/form-data nor JSON.",
                _503="The queue is away, the disk full, or too many of yours wait. Try again after Retry-After.",
            ),
        },
    )
    @action(
        detail=False,
        methods=["post"],
        parser_classes=[MultiPartParser, PictureJsonParser],
        max_files=settings.MAX_FILES_PER_UPLOAD,
    )
    def batch(self, request: Request) -> Response:
        results, away = self._judge(self._batch_of(request))
        accepted = sum(result["prediction"] is not None for result in results)
        if away and not accepted:
            raise away
        body = {"accepted": accepted, "refused": len(results) - accepted, "results": results}
        return Response(body, status=status.HTTP_207_MULTI_STATUS)

    @staticmethod
    def _batch_of(request: Request) -> list[tuple[str, Callable[[], bytes]]]:
        """Name and reader of each picture; reading raises ImageError for one that is too large."""
        if (request.content_type or "").startswith("multipart/"):
            upload = BatchUploadSerializer(data=request.data)
            upload.is_valid(raise_exception=True)
            files = upload.validated_data["images"]
            return [(services.clean_form_name(file.name or ""), partial(read_upload, file)) for file in files]
        sent = Base64BatchSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        return [(one["name"], partial(bytes, one["image_base64"])) for one in sent.validated_data["images"]]

    def _judge(
        self, pictures: list[tuple[str, Callable[[], bytes]]]
    ) -> tuple[list[dict[str, Any]], services.Unavailable | None]:
        """Once none can be taken just now, the rest is refused without trying."""
        results: list[dict[str, Any]] = []
        away: services.Unavailable | None = None
        for given_name, read in pictures:
            name = services.clean_name(given_name)
            try:
                if away is not None:
                    raise away
                made = services.request_prediction(owner=self.person, data=read(), original_name=name)
            except (ImageError, services.Unavailable) as error:
                away = error if isinstance(error, services.Unavailable) else away
                wrong = problem_of(error)
                results.append({"name": name, "status": wrong["status"], "prediction": None, "problem": wrong})
            else:
                shown = self.get_serializer(made).data
                results.append({"name": name, "status": 202, "prediction": shown, "problem": None})
        return results, away

    @extend_schema(
        summary="Delete a prediction",
        description="With its picture. It can be had back for ten minutes (`restore`).",
        responses={204: None, **problems(NO_CSRF, NOT_FOUND)},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        if not services.delete_predictions(owner=self.person, ids=[self.get_object().pk]):
            raise NotFound(NONE_OF_YOURS)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Delete several predictions",
        description="What is not yours, or gone already, is passed over.",
        request=IdsSerializer,
        responses={200: DeletedSerializer, **problems(BAD_REQUEST, NO_CSRF, NOT_JSON)},
    )
    @action(detail=False, methods=["post"], url_path="delete", url_name="delete")
    def delete_several(self, request: Request) -> Response:
        return Response({"deleted": services.delete_predictions(owner=self.person, ids=self._ids())})

    @extend_schema(
        summary="Have deleted predictions back",
        description="For ten minutes after they were deleted.",
        request=IdsSerializer,
        responses={200: RestoredSerializer, **problems(BAD_REQUEST, NO_CSRF, NOT_JSON)},
    )
    @action(detail=False, methods=["post"])
    def restore(self, request: Request) -> Response:
        return Response({"restored": services.restore_predictions(owner=self.person, ids=self._ids())})

    def _ids(self) -> list[Any]:
        chosen = IdsSerializer(data=self.request.data)
        chosen.is_valid(raise_exception=True)
        return list(chosen.validated_data["ids"])

    @extend_schema(
        methods=["GET"],
        summary="Get a prediction's correction",
        responses={200: CorrectionSerializer, **problems(_404="No such prediction of yours, or no correction yet.")},
    )
    @extend_schema(
        methods=["PUT"],
        summary="Correct or confirm a prediction",
        description="Says what the picture shows; the predicted label confirms the answer. The last word counts.",
        request=CorrectionInputSerializer,
        responses={
            200: CorrectionSerializer,
            **problems(BAD_REQUEST, NO_CSRF, NOT_FOUND, NOT_JSON, _409="There is no answer that could be corrected."),
        },
    )
    @extend_schema(
        methods=["DELETE"],
        summary="Withdraw a correction",
        responses={204: None, **problems(NO_CSRF, _404="No such prediction of yours, or no correction of it.")},
    )
    @action(detail=True, methods=["get", "put", "delete"])
    def correction(self, request: Request, pk: str) -> Response:
        prediction = self.get_object()
        if request.method == "PUT":
            said = CorrectionInputSerializer(data=request.data)
            said.is_valid(raise_exception=True)
            correction = services.correct_prediction(prediction=prediction, by=self.person, **said.validated_data)
            return Response(CorrectionSerializer(correction).data)
        if request.method == "DELETE":
            if not services.withdraw_correction(prediction=prediction, by=self.person):
                raise NotFound("There is no correction of this prediction.")
            return Response(status=status.HTTP_204_NO_CONTENT)
        if not hasattr(prediction, "correction"):
            raise NotFound("There is no correction of this prediction.")
        return Response(CorrectionSerializer(prediction.correction).data)

    @extend_schema(
        summary="Get a prediction's picture",
        description="Upright, as JPEG, without the metadata that it came with.",
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY, **problems(NOT_FOUND)},
    )
    @action(detail=True, content_negotiation_class=AnyMediaType)
    def picture(self, request: Request, pk: str) -> HttpResponseBase:
        return picture_response(request._request, pk=pk, user=request.user)

    @extend_schema(
        summary="Get a small copy of a prediction's picture",
        description="As WebP, for lists. It is made a moment after the picture was sent.",
        responses={
            (200, "image/webp"): OpenApiTypes.BINARY,
            **problems(_404="No such prediction of yours, or no small copy yet."),
        },
    )
    @action(detail=True, content_negotiation_class=AnyMediaType)
    def thumbnail(self, request: Request, pk: str) -> HttpResponseBase:
        return thumbnail_response(request._request, pk=pk, user=request.user)
