"""What the REST API takes and gives."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from recognition.models import Prediction
from worker.ml.labels import LABELS


class OneFileField(serializers.FileField):
    """One file, not several under the same name: which of them was meant would be a guess."""

    default_error_messages = {
        "required": "Send the picture as a file in this field.",
        "invalid": "This is not a file. Send the picture as a file, in multipart/form-data.",
        "several": "Send one file in this field; make one request for each picture.",
    }

    def to_internal_value(self, data: Any) -> "UploadedFile[Any]":
        files = self.parent.initial_data.getlist(self.field_name)
        if len(files) > 1:
            self.fail("several")
        if not isinstance(data, UploadedFile):
            self.fail("invalid")
        return data  # the file itself is judged where it is decoded, with sentences of its own


class UploadSerializer(serializers.Serializer[Any]):
    image = OneFileField(help_text="The picture: JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC.")


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


class PredictionSerializer(serializers.ModelSerializer[Prediction]):
    """A picture and its answer. What is not known yet is null."""

    url = serializers.HyperlinkedIdentityField(view_name="api-v1:prediction-detail")
    page_url = serializers.HyperlinkedIdentityField(view_name="recognition:result", help_text="The page for people.")
    picture_url = serializers.HyperlinkedIdentityField(view_name="api-v1:prediction-picture")
    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    label_name = serializers.SerializerMethodField(help_text="The label as a sentence calls it.")
    top = CandidateSerializer(many=True, read_only=True, help_text="The five likeliest classes, best first.")
    hand = HandSerializer(read_only=True, allow_null=True, help_text="Null: no hand was found, or not looked for yet.")
    milliseconds = serializers.DictField(
        child=serializers.FloatField(),
        read_only=True,
        help_text="Time in the worker by stage: decode, find, name, total.",
    )
    model_version = serializers.SerializerMethodField(help_text="The name of the model that answered.")
    error = serializers.SerializerMethodField(help_text="If it failed: why, as a sentence.")

    class Meta:
        model = Prediction
        fields = read_only_fields = [
            "id",
            "url",
            "page_url",
            "picture_url",
            "state",
            "label",
            "label_name",
            "confidence",
            "top",
            "hand",
            "milliseconds",
            "model_version",
            "error",
            "image_width",
            "image_height",
            "original_name",
            "created_at",
            "finished_at",
        ]

    @extend_schema_field(serializers.ChoiceField(choices=LABELS, allow_null=True))
    def get_label(self, prediction: Prediction) -> str | None:
        return prediction.label or None

    def get_label_name(self, prediction: Prediction) -> str | None:
        return prediction.label_name or None

    def get_model_version(self, prediction: Prediction) -> str | None:
        return prediction.model_version.name if prediction.model_version else None

    def get_error(self, prediction: Prediction) -> str | None:
        return prediction.error or None


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
