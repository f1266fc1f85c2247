"""REST v1: a camera's frames, one after the other, read and forgotten."""

from typing import Any, cast

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from recognition import frames
from recognition.api.inputs import UploadSerializer
from recognition.api.schema import NO_CSRF, NO_LENGTH, problems
from recognition.api.serializers import FrameSerializer
from recognition.api.throttles import CountedFirst
from recognition.uploads import read_upload, take_pictures


class FrameView(CountedFirst, APIView):
    """Frames of a camera."""

    parser_classes = [MultiPartParser]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        take_pictures(request, max_files=1)
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(
        summary="Have a frame of a camera read",
        description="Waits for the answer, and keeps neither: nothing of it is in the history. One frame of a person "
        "is read at a time; send the newest once the last is answered. To keep a picture, send it to `predictions`.",
        request={"multipart/form-data": UploadSerializer},
        parameters=[OpenApiParameter("Retry-After", int, OpenApiParameter.HEADER, response=[429, 503])],
        responses={
            200: OpenApiResponse(FrameSerializer, description="What was read."),
            **problems(
                NO_CSRF,
                NO_LENGTH,
                _400="No picture, several, an unknown field, or a picture that is empty, damaged or too small.",
                _413=f"More than {frames.MAX_FRAME_BYTES:,} bytes.",
                _415="Not a picture, or a format that is not read; or not multipart/form-data.",
                _503="Your last frame is still being read, the queue is away, or no worker came to it in time.",
            ),
        },
    )
    def post(self, request: Request) -> Response:
        upload = UploadSerializer(data=request.data)
        upload.is_valid(raise_exception=True)
        data = read_upload(upload.validated_data["image"])
        return Response(FrameSerializer(frames.read_frame(owner=cast(User, request.user), data=data)).data)
