"""REST v1: named tokens.

A token may do what its owner may, with two exceptions, so that a stolen one neither outlives its revocation nor locks
its owner out: it makes no tokens, and revokes none but itself. For both a session is asked.
"""

from typing import Any, cast

from django.core.exceptions import ValidationError as InvalidValue
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.exceptions import ErrorDetail, NotFound, PermissionDenied, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import ApiToken, User
from recognition.api.inputs import TokenInputSerializer
from recognition.api.parsers import LimitedJsonParser
from recognition.api.schema import BAD_REQUEST, NOT_FOUND, NOT_JSON, problems
from recognition.api.serializers import NewTokenSerializer, TokenSerializer
from recognition.api.strict import refuse_unknown_parameters
from recognition.api.throttles import CountedFirst

NEEDS_A_SESSION = "A token makes no tokens, and revokes none but itself: sign in on the site for that."


class TokenPages(CursorPagination):
    page_size = 50
    ordering = ("-created_at", "-id")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        refuse_unknown_parameters(request, [self.cursor_query_param])
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError, TypeError, InvalidValue) as error:  # some can be decoded, yet are none of ours
            raise ValidationError({"cursor": [ErrorDetail("No page begins here.", code="invalid")]}) from error


class ShortPages(TokenPages):
    """For rows that may have thousands of parts each."""

    page_size = 10


@extend_schema_view(
    list=extend_schema(summary="List your tokens", responses={200: TokenSerializer, **problems(BAD_REQUEST)}),
    retrieve=extend_schema(summary="Get one token", responses={200: TokenSerializer, **problems(NOT_FOUND)}),
)
class TokenViewSet(CountedFirst, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[ApiToken]):
    """Named keys to this API. A key is shown once; only its digest is kept."""

    serializer_class = TokenSerializer
    parser_classes = [LimitedJsonParser]
    lookup_value_converter = "int"
    queryset = ApiToken.objects.all()

    pagination_class = TokenPages

    def get_queryset(self) -> QuerySet[ApiToken]:
        return self.queryset.filter(owner=self.request.user.pk)

    @extend_schema(
        summary="Make a token",
        description=f"{NEEDS_A_SESSION} The answer holds the key, this once.",
        request=TokenInputSerializer,
        parameters=[OpenApiParameter("Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=[201])],
        responses={
            201: OpenApiResponse(NewTokenSerializer, description="Keep `key`: it is not shown again."),
            **problems(BAD_REQUEST, NOT_JSON, _403=f"{NEEDS_A_SESSION} Or: a session without its CSRF token."),
        },
    )
    def create(self, request: Request) -> Response:
        if request.auth is not None:
            raise PermissionDenied(NEEDS_A_SESSION)
        asked = TokenInputSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        token, key = ApiToken.issue(owner=cast(User, request.user), name=asked.validated_data["name"])
        context: dict[str, Any] = {**self.get_serializer_context(), "key": key}
        body = NewTokenSerializer(token, context=context).data
        headers = {"Location": str(body["url"]), "Cache-Control": "no-store"}
        return Response(body, status=status.HTTP_201_CREATED, headers=headers)

    @extend_schema(
        summary="Revoke a token",
        responses={204: None, **problems(NOT_FOUND, _403=f"{NEEDS_A_SESSION} Or: a session without its CSRF token.")},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        token = self.get_object()
        if isinstance(request.auth, ApiToken) and request.auth.pk != token.pk:
            raise PermissionDenied(NEEDS_A_SESSION)
        token.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
