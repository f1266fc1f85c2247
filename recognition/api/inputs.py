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

from recognition.api.strict import MOST_ERRORS, StrictSerializer
from recognition.models import LiveSession, PracticeAttempt, PracticeRound
from worker.ml.labels import LABELS, LETTERS, NOTHING

_DATA_URL = re.compile(rb"data:[^,]{0,200};base64,", re.IGNORECASE)
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
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


class BoundedListField(serializers.ListField):
    """A list that is too long is refused before anything in it is looked at, and one in which much is wrong once there
    is more than is told."""

    def to_internal_value(self, data: Any) -> list[Any]:
        if self.max_length is not None and isinstance(data, list) and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)

    def run_child_validation(self, data: list[Any]) -> list[Any]:
        values: list[Any] = []
        errors: dict[Any, Any] = {}
        for number, one in enumerate(data):
            try:
                values.append(self.child.run_validation(one))
            except serializers.ValidationError as error:
                errors[number] = error.detail
                if len(errors) > MOST_ERRORS:
                    break
        if errors:
            raise serializers.ValidationError(errors)
        return values


class NameField(serializers.CharField):
    """A short text, whose length is judged first: other checks go through it sign by sign."""

    def run_validators(self, value: Any) -> None:
        if self.max_length is not None and len(value) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        super().run_validators(value)


@extend_schema_field(OpenApiTypes.BYTE)
class Base64Field(serializers.CharField):
    """Bytes in base64 (RFC 4648), with or without padding, line breaks and the head of a ``data:`` URL."""

    default_error_messages = {
        "not_base64": "This is not base64. Send the picture's bytes in base64, or as a data: URL that ends in ;base64.",
        "required": "Send the picture's bytes here, in base64; or the file itself as image, in multipart/form-data.",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators = []  # which look for signs that are not in base64, in megabytes one by one

    def to_internal_value(self, data: Any) -> bytes:  # type: ignore[override]  # text without, bytes within
        try:
            text = super().to_internal_value(data).encode("ascii").translate(None, b" \t\r\n\f\v")
            head = _DATA_URL.match(text)
            digits = text[head.end() :] if head else text
            digits = digits.translate(_URL_SAFE).rstrip(b"=")
            return base64.b64decode(digits + b"=" * (-len(digits) % 4), validate=True)
        except (binascii.Error, ValueError):
            self.fail("not_base64")


class UploadSerializer(StrictSerializer):
    image = OneFileField(help_text=f"The picture: {FORMATS}.")


class Base64UploadSerializer(StrictSerializer):
    image_base64 = Base64Field(help_text=f"The picture ({FORMATS}) in base64; a data: URL is taken too.")
    name = NameField(
        required=False, allow_blank=True, default="", max_length=1000, help_text="A file name, for display only."
    )


class BatchUploadSerializer(StrictSerializer):
    images = FilesField(help_text=f"The pictures, at most {settings.MAX_FILES_PER_UPLOAD}: {FORMATS}.")


class Base64BatchSerializer(StrictSerializer):
    images = BoundedListField(child=Base64UploadSerializer(), min_length=1, max_length=settings.MAX_FILES_PER_UPLOAD)


class IdsSerializer(StrictSerializer):
    ids = BoundedListField(child=serializers.UUIDField(), min_length=1, max_length=1000)


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
    signs = BoundedListField(
        child=SignInputSerializer(),
        max_length=LiveSession.MAX_SIGNS,
        default=list,
        help_text="What was signed, in its order.",
    )


class PracticeAttemptInputSerializer(StrictSerializer):
    label = serializers.ChoiceField(choices=LETTERS, help_text="What was asked for.")  # type: ignore[assignment]
    is_signed = serializers.BooleanField(help_text="Whether it was signed in the end. Else it was skipped.")
    was_shown = serializers.BooleanField(default=False, help_text="Whether the drawing of the hand was in view.")
    mistakes = BoundedListField(
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
    attempts = BoundedListField(
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
