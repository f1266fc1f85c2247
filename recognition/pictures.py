"""Pictures leave the site only through here, after a check of who asks."""

from typing import Any

from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest
from django.http.response import FileResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from recognition.models import Prediction


def picture_response(request: HttpRequest, *, pk: Any, user: Any) -> HttpResponseBase:
    """The picture of a prediction that ``user`` may see; else 404."""
    prediction = _readable(pk, user)
    return file_response(request, prediction.image, "image/jpeg", f"{prediction.pk}.jpg")


def thumbnail_response(request: HttpRequest, *, pk: Any, user: Any) -> HttpResponseBase:
    """The small copy that lists show; 404 while there is none."""
    prediction = _readable(pk, user)
    if not prediction.thumbnail:
        raise Http404("There is no small copy of this picture yet.")
    return file_response(request, prediction.thumbnail, "image/webp", f"{prediction.pk}-small.webp")


def _readable(pk: Any, user: Any) -> Prediction:
    prediction = Prediction.objects.readable_by(user).filter(pk=pk).first()
    if prediction is None:
        raise Http404("There is no such picture.")
    return prediction


def file_response(request: HttpRequest, file: FieldFile, content_type: str, name: str) -> HttpResponseBase:
    """A picture never changes, but who may see it does: a browser keeps it, and asks each time if it may show it."""
    etag = quote_etag(name)
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            response = FileResponse(file.open("rb"), content_type=content_type, filename=name)
        except FileNotFoundError as error:
            raise Http404("The file of this picture is gone.") from error
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response
