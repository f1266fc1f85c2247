"""What every request passes on its way to a view and back."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from aslsite import errors

GetResponse = Callable[[HttpRequest], HttpResponse]


def explain_wrong_method(get_response: GetResponse) -> GetResponse:
    """Django's own answer to a method that a page does not know is blank."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        explained = errors.wrong_method(request)
        explained["Allow"] = response["Allow"]
        return explained

    return middleware
