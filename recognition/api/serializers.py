"""What the REST API gives."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import ApiToken
from recognition.models import Correction, LiveSession, PracticeAttempt, PracticeRound, Prediction
from worker.ml.labels import LABELS


class CandidateSerializer(serializers.Serializer[Any]):
    label = serializers.ChoiceField(choices=LABELS)  # type: ignore[assignment]  # a field may have the name
    confidence = serializers.FloatField(min_value=0, max_value=1)


class BoxSerializer(serializers.Serializer[Any]):
    """An upright box, as fractions of the picture's width and height; may reach over its border."""

    x = serializers.FloatField()
    y = serializers.FloatField()
    width = serializers.FloatField()
    height = serializers.FloatField()


class HandSerializer(serializers.Serializer[Any]):
    """The signing hand that was found."""

    box = BoxSerializer()
    landmarks = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3),
        min_length=21,
        max_length=21,
        help_text="21 points, wrist first, then thumb to little finger: x and y as fractions of the picture's width "
        "and height, z (towards the camera negative) as a fraction of its width.",
    )
    handedness = serializers.ChoiceField(choices=["left", "right"], help_text="Of the person, if not mirrored.")
    presence = serializers.FloatField(min_value=0, max_value=1)


class FrameSerializer(serializers.Serializer[Any]):
    """What was read of a frame, which is kept nowhere."""

    label = serializers.ChoiceField(choices=LABELS)  # type: ignore[assignment]
    confidence = serializers.FloatField(min_value=0, max_value=1)
    is_unsure = serializers.BooleanField(help_text="Whether the confidence is too low to decide.")
    top = CandidateSerializer(many=True, help_text="The five likeliest classes, best first.")
    hand = HandSerializer(allow_null=True, help_text="Null: no hand was found, or the model looks for none.")
    milliseconds = serializers.DictField(child=serializers.FloatField(), help_text="Time in the worker by stage.")
    model_version = serializers.CharField(help_text="The name of the model that answered.")


class SignSerializer(serializers.Serializer[Any]):
    label = serializers.ChoiceField(choices=LABELS)  # type: ignore[assignment]
    confidence = serializers.FloatField(allow_null=True, help_text="Null: a key, a button or a movement wrote it.")
    milliseconds = serializers.IntegerField(help_text="Since the first sign.")


class LiveSessionSerializer(serializers.ModelSerializer[LiveSession]):
    """A text that was signed to the camera."""

    url = serializers.HyperlinkedIdentityField(view_name="api-v1:live-session-detail")
    page_url = serializers.HyperlinkedIdentityField(view_name="recognition:live_session", help_text="For people.")
    signs = SignSerializer(many=True, read_only=True)

    class Meta:
        model = LiveSession
        fields = read_only_fields = ["id", "url", "page_url", "key", "text", "signs", "created_at"]


class PracticeAttemptSerializer(serializers.ModelSerializer[PracticeAttempt]):
    mistakes = serializers.ListField(child=serializers.ChoiceField(choices=LABELS), help_text="Held before it.")

    class Meta:
        model = PracticeAttempt
        fields = read_only_fields = ["label", "is_signed", "was_shown", "mistakes", "is_right", "milliseconds"]


class PracticeRoundSerializer(serializers.ModelSerializer[PracticeRound]):
    """A round of practice before the camera."""

    url = serializers.HyperlinkedIdentityField(view_name="api-v1:practice-round-detail")
    attempts = PracticeAttemptSerializer(many=True, read_only=True)

    class Meta:
        model = PracticeRound
        fields = ["id", "url", "key", "mode", "limit_seconds", "finished_at", "attempts"]
        read_only_fields = fields


class CorrectionSerializer(serializers.ModelSerializer[Correction]):
    """What a person said that the picture shows."""

    label = serializers.ChoiceField(choices=LABELS, read_only=True)  # type: ignore[assignment]
    label_name = serializers.CharField(read_only=True, help_text="The label as a sentence calls it.")
    is_confirmation = serializers.BooleanField(read_only=True, help_text="Whether it is what was answered.")

    class Meta:
        model = Correction
        fields = read_only_fields = ["label", "label_name", "is_confirmation", "created_at", "updated_at"]


class PredictionSerializer(serializers.ModelSerializer[Prediction]):
    """A picture and its answer. What is not known yet is null."""

    url = serializers.HyperlinkedIdentityField(view_name="api-v1:prediction-detail")
    page_url = serializers.HyperlinkedIdentityField(view_name="recognition:result", help_text="The page for people.")
    picture_url = serializers.HyperlinkedIdentityField(view_name="api-v1:prediction-picture")
    thumbnail_url = serializers.SerializerMethodField(
        help_text="A small copy of the picture; null while there is none."
    )
    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    label_name = serializers.SerializerMethodField(help_text="The label as a sentence calls it.")
    is_unsure = serializers.SerializerMethodField(
        help_text="Whether the confidence is too low to decide; `label` then is no more than the first of `contenders`."
    )
    contenders = serializers.SerializerMethodField(
        help_text="Of an unsure answer: the two or three labels that it wavers between, best first; else empty."
    )
    top = CandidateSerializer(many=True, read_only=True, help_text="The five likeliest classes, best first.")
    hand = HandSerializer(read_only=True, allow_null=True, help_text="Null: no hand was found, or not looked for yet.")
    milliseconds = serializers.DictField(
        child=serializers.FloatField(),
        read_only=True,
        help_text="Time in the worker by stage: decode, find, name, total.",
    )
    model_version = serializers.SerializerMethodField(help_text="The name of the model that answered.")
    is_adapted = serializers.BooleanField(read_only=True, help_text="Whether your personal model had a say.")
    error = serializers.SerializerMethodField(help_text="If it failed: why, as a sentence.")
    correction = serializers.SerializerMethodField(help_text="What a person said of the answer; null: nothing yet.")

    class Meta:
        model = Prediction
        fields = read_only_fields = [
            "id",
            "url",
            "page_url",
            "picture_url",
            "thumbnail_url",
            "state",
            "label",
            "label_name",
            "confidence",
            "is_unsure",
            "contenders",
            "top",
            "hand",
            "milliseconds",
            "model_version",
            "is_adapted",
            "error",
            "correction",
            "image_width",
            "image_height",
            "original_name",
            "created_at",
            "finished_at",
        ]

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_thumbnail_url(self, prediction: Prediction) -> str | None:
        if not prediction.thumbnail:
            return None
        address = reverse("api-v1:prediction-thumbnail", args=[prediction.pk])
        return str(self.context["request"].build_absolute_uri(address))

    @extend_schema_field(serializers.ChoiceField(choices=LABELS, allow_null=True))
    def get_label(self, prediction: Prediction) -> str | None:
        return prediction.label or None

    def get_label_name(self, prediction: Prediction) -> str | None:
        return prediction.label_name or None

    def get_is_unsure(self, prediction: Prediction) -> bool | None:
        return prediction.is_unsure if prediction.certainty else None

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=LABELS)))
    def get_contenders(self, prediction: Prediction) -> list[str]:
        return list(prediction.contenders)

    def get_model_version(self, prediction: Prediction) -> str | None:
        return prediction.model_version.name if prediction.model_version else None

    def get_error(self, prediction: Prediction) -> str | None:
        return prediction.error or None

    @extend_schema_field(CorrectionSerializer(allow_null=True))
    def get_correction(self, prediction: Prediction) -> Any:
        correction = getattr(prediction, "correction", None)
        return CorrectionSerializer(correction).data if correction else None


class ScoreSerializer(serializers.Serializer[Any]):
    """How many answers you judged, and how many of them were right."""

    judged = serializers.IntegerField()
    right = serializers.IntegerField()
    accuracy = serializers.FloatField(allow_null=True, help_text="right / judged; null while nothing was judged.")


class LabelStatisticsSerializer(serializers.Serializer[Any]):
    label = serializers.ChoiceField(choices=LABELS)  # type: ignore[assignment]
    count = serializers.IntegerField(help_text="Pictures that were read as it.")
    score = ScoreSerializer(help_text="Of the pictures that, as you said, show it.")


class PeriodSerializer(serializers.Serializer[Any]):
    start = serializers.DateField()
    count = serializers.IntegerField()
    score = ScoreSerializer()


class MistakeSerializer(serializers.Serializer[Any]):
    meant = serializers.ChoiceField(choices=LABELS)
    said = serializers.ChoiceField(choices=LABELS)
    count = serializers.IntegerField()


class StatisticsSerializer(serializers.Serializer[Any]):
    """What your pictures add up to, as you corrected or confirmed the answers."""

    total = serializers.IntegerField()
    by_state = serializers.DictField(child=serializers.IntegerField())
    unsure = serializers.IntegerField(help_text="Answers of which the recogniser was not sure.")
    labels = LabelStatisticsSerializer(many=True, help_text="All 29, in their order.")
    score = ScoreSerializer()
    mistakes = MistakeSerializer(many=True, help_text="`said` was answered where you `meant` another; frequent first.")
    step = serializers.ChoiceField(choices=["day", "week"])
    periods = PeriodSerializer(many=True, help_text="Oldest first, without gaps, up to now.")


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A named key, without the key."""

    url = serializers.HyperlinkedIdentityField(view_name="api-v1:token-detail")
    is_this = serializers.SerializerMethodField(help_text="Whether it is the token that you asked with.")

    class Meta:
        model = ApiToken
        fields = read_only_fields = ["id", "url", "name", "created_at", "last_used_at", "is_this"]

    def get_is_this(self, token: ApiToken) -> bool:
        auth = self.context["request"].auth
        return isinstance(auth, ApiToken) and auth.pk == token.pk


class NewTokenSerializer(TokenSerializer):
    """A new token with its key, which is shown this once and kept nowhere."""

    key = serializers.SerializerMethodField()

    class Meta(TokenSerializer.Meta):
        fields = read_only_fields = [*TokenSerializer.Meta.fields, "key"]

    def get_key(self, token: ApiToken) -> str:
        return str(self.context["key"])


class FieldErrorSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What is wrong, as a sentence for a person.")
    code = serializers.CharField(help_text="What is wrong, for programs.")
    errors = FieldErrorSerializer(  # type: ignore[assignment]
        many=True, required=False, help_text="By field, where fields are wrong."
    )


class BatchItemSerializer(serializers.Serializer[Any]):
    """What became of one picture of a batch: a prediction, or a problem."""

    name = serializers.CharField(help_text="The file's name, as it is shown.")
    status = serializers.IntegerField(help_text="The status that this picture alone would have been answered with.")
    prediction = PredictionSerializer(allow_null=True)
    problem = ProblemSerializer(allow_null=True)


class BatchSerializer(serializers.Serializer[Any]):
    accepted = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = BatchItemSerializer(many=True, help_text="One for each picture, in the order in which they were sent.")


class DeletedSerializer(serializers.Serializer[Any]):
    deleted = serializers.IntegerField(help_text="How many were yours and there.")


class RestoredSerializer(serializers.Serializer[Any]):
    restored = serializers.IntegerField(help_text="How many came back.")
