"""REST v1: training runs, for staff who may train."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from recognition import retraining
from recognition.api.parsers import LimitedJsonParser
from recognition.api.schema import BAD_REQUEST, NOT_FOUND, NOT_JSON, problems
from recognition.api.strict import StrictSerializer
from recognition.api.throttles import CountedFirst
from recognition.api.tokens import TokenPages
from recognition.models import DatasetVersion, TrainingRun
from worker.ml.pictures.config import ConfigError
from worker.ml.recipes import FAMILIES, LANDMARKS, recipe_of

FORBIDDEN = {"_403": "For staff who may train; or a session without its CSRF token."}


class MayTrain(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return cast(User, request.user).has_perm("recognition.train_models")


class TrainingInputSerializer(StrictSerializer):
    """What to train on, and what learns. Settings that are not given are the family's defaults."""

    dataset_version = serializers.PrimaryKeyRelatedField(queryset=DatasetVersion.objects.all())
    preset = serializers.ChoiceField(
        choices=FAMILIES,
        default=LANDMARKS,
        help_text="landmarks trains the active version further; the others begin anew, and read whole pictures.",
    )
    epochs = serializers.IntegerField(min_value=1, max_value=100, required=False)
    steps = serializers.IntegerField(min_value=1, max_value=500, required=False, help_text="Of landmarks alone.")
    batch = serializers.IntegerField(min_value=8, max_value=1024, required=False)
    learning_rate = serializers.FloatField(min_value=1e-6, max_value=0.01, required=False)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        data, preset = values.pop("dataset_version"), values.pop("preset")
        try:
            return {"data": data, "config": recipe_of(preset, **values)}
        except ConfigError as error:
            raise serializers.ValidationError({"steps": [str(error)]}) from error


class EpochSerializer(serializers.Serializer[Any]):
    """What an epoch ended with; the accuracy is on hands that are held out, null without any."""

    loss = serializers.FloatField()
    accuracy = serializers.FloatField(allow_null=True)


class TrainingRunSerializer(serializers.ModelSerializer[TrainingRun]):
    """A training and how far it is. What is not known yet is null."""

    url = serializers.HyperlinkedIdentityField(view_name="api-v1:training-run-detail")
    dataset_version = serializers.IntegerField(source="data_id", read_only=True)
    base = serializers.CharField(
        source="base.name", read_only=True, help_text="The version that was active: landmarks trains it further."
    )
    candidate = serializers.CharField(source="model_version.name", default=None, read_only=True, allow_null=True)
    config = serializers.DictField(read_only=True)
    history = EpochSerializer(many=True, read_only=True)
    position = serializers.SerializerMethodField(help_text="How many are before it; null once it has begun.")
    seconds_left = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = TrainingRun
        fields = read_only_fields = [
            "id", "url", "state", "stage", "position", "dataset_version", "base", "preset", "config", "epoch", "step",
            "history", "seconds_left", "candidate", "error", "note", "created_at", "finished_at",
        ]  # fmt: skip

    def get_position(self, run: TrainingRun) -> int | None:
        return run.position if run.state == TrainingRun.State.QUEUED else None


@extend_schema_view(
    list=extend_schema(
        summary="List training runs", responses={200: TrainingRunSerializer, **problems(BAD_REQUEST, FORBIDDEN)}
    ),
    retrieve=extend_schema(
        summary="Get one training run", responses={200: TrainingRunSerializer, **problems(FORBIDDEN, NOT_FOUND)}
    ),
)
class TrainingRunViewSet(CountedFirst, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[TrainingRun]):
    """Trainings of the site's model on what its people sent. For staff."""

    serializer_class = TrainingRunSerializer
    parser_classes = [LimitedJsonParser]
    permission_classes = [IsAuthenticated, MayTrain]
    lookup_value_converter = "int"
    queryset = TrainingRun.objects.select_related("base", "model_version")
    pagination_class = TokenPages

    def get_queryset(self) -> QuerySet[TrainingRun]:
        return self.queryset.all()

    @extend_schema(
        summary="Start a training",
        description="One that is under way with the same data and settings is answered again. One whose result is "
        "there already is noted as such and not repeated.",
        request=TrainingInputSerializer,
        parameters=[OpenApiParameter("Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=[202])],
        responses={
            202: OpenApiResponse(TrainingRunSerializer, description="Queued; follow it at Location."),
            **problems(BAD_REQUEST, FORBIDDEN, NOT_JSON, _409="The data or the active version cannot be used."),
        },
    )
    def create(self, request: Request) -> Response:
        asked = TrainingInputSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self._accepted(retraining.request_training(by=cast(User, request.user), **asked.validated_data))

    @extend_schema(
        summary="Cancel a training",
        request=None,
        responses={202: TrainingRunSerializer, **problems(FORBIDDEN, NOT_FOUND, _409="It has ended.")},
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        run = self.get_object()
        retraining.cancel_training(run=run)
        return self._accepted(run)

    @extend_schema(
        summary="Retry a training",
        description="The same data and settings again, for one that failed or was cancelled.",
        request=None,
        responses={202: TrainingRunSerializer, **problems(FORBIDDEN, NOT_FOUND, _409="It is under way.")},
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        return self._accepted(retraining.retry_training(run=self.get_object(), by=cast(User, request.user)))

    def _accepted(self, run: TrainingRun) -> Response:
        body = self.get_serializer(run).data
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": str(body["url"])})
