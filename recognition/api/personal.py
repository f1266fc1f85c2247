"""REST v1: a person's own model. Samples are predictions whose letter was told: ``PUT .../correction/``."""

from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from recognition.api.parsers import LimitedJsonParser
from recognition.api.schema import BAD_REQUEST, NO_CSRF, NOT_JSON, problems
from recognition.api.strict import StrictSerializer
from recognition.api.throttles import CountedFirst
from recognition.models import PersonalModel
from recognition.personal import (
    LETTERS,
    Overview,
    delete_personal_model,
    overview_of,
    request_personal_model,
    switch_personal_model,
)

NONE = "You have no model of your own. POST makes one."
_STATES = ["none", *PersonalModel.State.values]


class CountsSerializer(serializers.Serializer[Any]):
    """Of `judged` samples that it had not learnt from, how many were right without it and with it."""

    judged = serializers.IntegerField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()


class FiguresSerializer(CountsSerializer):
    samples = serializers.IntegerField(help_text="What it learnt from.")
    letters = serializers.IntegerField(help_text="Of how many classes they are.")
    by_letter = serializers.DictField(child=CountsSerializer(), help_text="Classes with two samples or more.")


class PersonalModelSerializer(serializers.Serializer[Any]):
    """Your own model, and what there is to learn from. What is not known is null."""

    state = serializers.ChoiceField(choices=_STATES)
    is_on = serializers.BooleanField(help_text="Whether it is to be applied to what is read from now on.")
    helps = serializers.BooleanField(help_text="Whether it brings anything; if not, it is not applied.")
    adapts = serializers.CharField(allow_null=True, help_text="The model that it was made for.")
    figures = FiguresSerializer(allow_null=True)
    error = serializers.CharField(allow_null=True, help_text="If it failed: why, as a sentence.")
    asked_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    told = serializers.DictField(
        child=serializers.IntegerField(), help_text="Your pictures of a hand whose letter you told, by letter."
    )
    new = serializers.IntegerField(help_text="How many of them were told since it was asked for.")


class SwitchSerializer(StrictSerializer):
    is_on = serializers.BooleanField()


_EXAMPLE = OpenApiExample(
    "Ready",
    response_only=True,
    value={
        "state": "ready",
        "is_on": True,
        "helps": True,
        "adapts": "fusion-134507ad-20261123 0123abcd",
        "figures": {
            "judged": 84,
            "before": 76,
            "after": 82,
            "samples": 84,
            "letters": 28,
            "by_letter": {"M": {"judged": 3, "before": 1, "after": 3}},
        },
        "error": None,
        "asked_at": "2026-11-27T09:00:00Z",
        "finished_at": "2026-11-27T09:00:02Z",
        "told": dict.fromkeys(LETTERS, 3),
        "new": 0,
    },
)


class PersonalModelView(CountedFirst, APIView):
    """An adaptation of the site's model to your hand, for your pictures alone."""

    parser_classes = [LimitedJsonParser]

    @extend_schema(
        summary="Get your own model",
        examples=[_EXAMPLE],
        responses={200: PersonalModelSerializer, **problems()},
    )
    def get(self, request: Request) -> Response:
        return _answer(request)

    @extend_schema(
        summary="Make your own model",
        description="It learns, within seconds, from your pictures whose letters you told: three of each are best. One "
        "that is in use stays so until the new one is there.",
        request=None,
        examples=[_EXAMPLE],
        parameters=[OpenApiParameter("Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=[202])],
        responses={
            202: OpenApiResponse(PersonalModelSerializer, description="Queued; follow it at Location."),
            **problems(NO_CSRF),
        },
    )
    def post(self, request: Request) -> Response:
        request_personal_model(owner=cast(User, request.user))
        return _answer(request, status=status.HTTP_202_ACCEPTED, location=request.build_absolute_uri(request.path))

    @extend_schema(
        summary="Switch your own model on or off",
        request=SwitchSerializer,
        examples=[_EXAMPLE],
        responses={200: PersonalModelSerializer, **problems(BAD_REQUEST, NO_CSRF, NOT_JSON, _404=NONE)},
    )
    def patch(self, request: Request) -> Response:
        asked = SwitchSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        if not switch_personal_model(owner=cast(User, request.user), is_on=asked.validated_data["is_on"]):
            raise NotFound(NONE)
        return _answer(request)

    @extend_schema(
        summary="Delete your own model",
        description="The pictures that it learnt from stay.",
        request=None,
        responses={204: None, **problems(NO_CSRF, _404=NONE)},
    )
    def delete(self, request: Request) -> Response:
        if not delete_personal_model(owner=cast(User, request.user)):
            raise NotFound(NONE)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _answer(request: Request, *, status: int = status.HTTP_200_OK, location: str = "") -> Response:
    overview = overview_of(cast(User, request.user))
    headers = {"Location": location} if location else None
    return Response(PersonalModelSerializer(_facts(overview)).data, status=status, headers=headers)


def _facts(overview: Overview) -> dict[str, Any]:
    made = overview.personal
    return {
        "state": made.state if made else "none",
        "is_on": made.is_on if made else False,
        "helps": made.helps if made else False,
        "adapts": made.base.name if made and made.base else None,
        "figures": (made.figures or None) if made else None,
        "error": (made.error or None) if made else None,
        "asked_at": made.asked_at if made else None,
        "finished_at": made.finished_at if made else None,
        "told": {letter.label: letter.samples for letter in overview.letters},
        "new": overview.new,
    }
