"""What the REST API takes."""

import base64
import binascii
import re
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from recognition.api.strict import StrictSerializer
from recognition.models import LiveSession, PracticeAttempt, PracticeRound
from worker.ml.labels import LABELS, LETTERS, NOTHING

_DATA_URL = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)
FORMATS = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC"


class OneFileField(serializers.FileField):
    """One file, not several under the same name: which of them was meant would be a guess."""

    default_error_messages = {
        "required": "Send the picture as a file in this field.",
        "invalid": "This is not a file. Send the picture as a file, in multipart/form-data.",
        "several": "Send one file in this field; several go to /api/v1/predictions/batch/.",
    }

    def to_internal_value(self, data: Any) -> "UploadedFile[Any]":
        files = self.parent.initial_data.getlist(self.field_name)
        if len(files) > 1:
            self.fail("several")
        if not isinstance(data, UploadedFile):
            self.fail("invalid")
        return data  # the file itself is judged where it is decoded, with sentences of its own


@extend_schema_field({"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1})
class FilesField(serializers.Field[Any, Any, Any, Any]):
    """Several files under one name. Each is judged on its own later."""

    default_error_messages = {
        "required": "Send the pictures as files in this field, once for each.",
        "invalid": "Only files go here: send the pictures as files, in multipart/form-data.",
        "too_many": "These are more than {most} files, so none was sent on. Send at most {most} in one request.",
    }

    def get_value(self, dictionary: Any) -> Any:
        files = dictionary.getlist(str(self.field_name)) if isinstance(dictionary, QueryDict) else []
        return files or serializers.empty  # a request without a body is no form either

    def to_internal_value(self, data: "list[UploadedFile[Any]]") -> "list[UploadedFile[Any]]":
        if not all(isinstance(file, UploadedFile) for file in data):
            self.fail("invalid")
        if len(data) > settings.MAX_FILES_PER_UPLOAD:
            self.fail("too_many", most=settings.MAX_FILES_PER_UPLOAD)
        return data


@extend_schema_field(OpenApiTypes.BYTE)
class Base64Field(serializers.CharField):
    """Bytes in base64 (RFC 4648), with or without padding, line breaks and the head of a ``data:`` URL."""

    default_error_messages = {
        "not_base64": "This is not base64. Send the picture's bytes in base64, or as a data: URL that ends in ;base64.",
        "required": "Send the picture's bytes here, in base64; or the file itself as image, in multipart/form-data.",
    }

    def to_internal_value(self, data: Any) -> bytes:  # type: ignore[override]  # text without, bytes within
        text = "".join(super().to_internal_value(data).split())
        head = _DATA_URL.match(text)
        digits = text[head.end() :] if head else text
        digits = digits.replace("-", "+").replace("_", "/").rstrip("=")
        try:
            return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
        except (binascii.Error, ValueError):
            self.fail("not_base64")


class UploadSerializer(StrictSerializer):
    image = OneFileField(help_text=f"The picture: {FORMATS}.")


class Base64UploadSerializer(StrictSerializer):
    image_base64 = Base64Field(help_text=f"The picture ({FORMATS}) in base64; a data: URL is taken too.")
    name = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=1000, help_text="A file name, for display only."
    )


class BatchUploadSerializer(StrictSerializer):
    images = FilesField(help_text=f"The pictures, at most {settings.MAX_FILES_PER_UPLOAD}: {FORMATS}.")


class Base64BatchSerializer(StrictSerializer):
    images = serializers.ListField(
        child=Base64UploadSerializer(), min_length=1, max_length=settings.MAX_FILES_PER_UPLOAD
    )


class IdsSerializer(StrictSerializer):
    ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=1000)


class SignInputSerializer(StrictSerializer):
    label = serializers.ChoiceField(choices=LABELS)  # type: ignore[assignment]  # a field may have the name
    confidence = serializers.FloatField(min_value=0, max_value=1, allow_null=True, default=None)
    milliseconds = serializers.IntegerField(min_value=0, max_value=2**31 - 1, help_text="Since the first sign.")


class LiveSessionInputSerializer(StrictSerializer):
    key = serializers.UUIDField(
        required=False,
        help_text="A name of your making (UUID). The same key again is the same text, which says what was sent last.",
    )
    text = serializers.CharField(max_length=LiveSession.MAX_LENGTH, trim_whitespace=False)
    signs = serializers.ListField(
        child=SignInputSerializer(),
        max_length=LiveSession.MAX_SIGNS,
        default=list,
        help_text="What was signed, in its order.",
    )


class PracticeAttemptInputSerializer(StrictSerializer):
    label = serializers.ChoiceField(choices=LETTERS, help_text="What was asked for.")  # type: ignore[assignment]
    is_signed = serializers.BooleanField(help_text="Whether it was signed in the end. Else it was skipped.")
    was_shown = serializers.BooleanField(default=False, help_text="Whether the drawing of the hand was in view.")
    mistakes = serializers.ListField(
        child=serializers.ChoiceField(choices=[label for label in LABELS if label != NOTHING]),
        max_length=PracticeAttempt.MAX_MISTAKES,
        default=list,
        help_text="What else was held before, in its order.",
    )
    milliseconds = serializers.IntegerField(min_value=0, max_value=2**31 - 1, help_text="From asking to its end.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["label"] in attrs["mistakes"]:
            raise serializers.ValidationError({"mistakes": ["The letter itself is no mistake. Leave it out."]})
        return attrs


class PracticeRoundInputSerializer(StrictSerializer):
    key = serializers.UUIDField(help_text="A name of your making (UUID). The same round sent again is not kept twice.")
    mode = serializers.ChoiceField(choices=PracticeRound.Mode.choices)
    limit_seconds = serializers.IntegerField(
        min_value=1, max_value=PracticeRound.MAX_LIMIT_SECONDS, allow_null=True, default=None, help_text="Null: none."
    )
    finished_at = serializers.DateTimeField(
        required=False, help_text="When it ended, if it was not just now. A time to come is taken for now."
    )
    attempts = serializers.ListField(
        child=PracticeAttemptInputSerializer(), min_length=1, max_length=PracticeRound.MAX_ATTEMPTS
    )


class CorrectionInputSerializer(StrictSerializer):
    label = serializers.ChoiceField(  # type: ignore[assignment]  # a field may have the name
        choices=LABELS, help_text="What the picture shows. The predicted label confirms the answer."
    )


class StatisticsQuerySerializer(StrictSerializer):
    step = serializers.ChoiceField(
        choices=["day", "week"], default="week", help_text="Days of the last month, or weeks of the last half year."
    )


class TokenInputSerializer(StrictSerializer):
    name = serializers.CharField(max_length=80, help_text="What will use it: “laptop”, “class project”.")
