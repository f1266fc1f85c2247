"""Pictures leave the site only through here, after a check of who asks."""

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import FileResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from recognition.models import Prediction


def picture_response(request: HttpRequest, *, pk: Any, user: Any) -> HttpResponseBase:
    """The picture of a prediction that ``user`` may see; else 404.

    A picture never changes, but who may see it does: a browser keeps it, and asks each time whether it may show it.
    """
    prediction = Prediction.objects.readable_by(user).filter(pk=pk).first()
    if prediction is None:
        raise Http404("There is no such picture.")
    etag = quote_etag(prediction.pk.hex)
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            file = prediction.image.open("rb")
        except FileNotFoundError as error:
            raise Http404("The file of this picture is gone.") from error
        response = FileResponse(file, content_type="image/jpeg", filename=f"{prediction.pk}.jpg")
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response
