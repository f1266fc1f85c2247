"""The bench, for staff: all trained versions, some of them class by class, and each one's report."""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognition import bench as benching
from recognition.models import ModelVersion
from recognition.numbers import number_of
from worker import registry

may_look = permission_required("recognition.view_modelversion", raise_exception=True)

FEWEST_COMPARED, MOST_COMPARED = 2, 4

_CONTENT_TYPES: Final = {"html": "text/html; charset=utf-8", "json": "application/json"}
_REPORT_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)
"""A report is one page with its own style. In a sandbox no script of it would run, and none of our cookies be sent."""


@require_safe
@never_cache
@login_required
@may_look
def bench(request: HttpRequest) -> HttpResponse:
    order = benching.sort_named(request.GET.get("sort", ""))
    key, descends = order.removeprefix("-"), order.startswith("-")
    heads = [
        {
            "column": column,
            "sorted": ("descending" if descends else "ascending") if column.key == key else "",
            "sort": column.key if column.key == key and descends else f"-{column.key}",
        }
        for column in benching.COLUMNS
    ]
    context = {"rows": benching.rows(order), "heads": heads}
    return render(request, "recognition/bench.html", context)


@require_safe
@never_cache
@login_required
@may_look
def compare(request: HttpRequest) -> HttpResponse:
    """The versions of the address (``version``, two to four), in its order."""
    numbers = [number_of(text) for text in request.GET.getlist("version")]
    asked = list(dict.fromkeys(number for number in numbers if number is not None))
    if not FEWEST_COMPARED <= len(asked) <= MOST_COMPARED:
        messages.error(request, "Choose two to four versions to compare.")
        return redirect("recognition:bench")
    found = {version.pk: version for version in ModelVersion.objects.filter(pk__in=asked[:MOST_COMPARED])}
    if set(found) != set(asked):
        raise Http404("There is no such version.")
    context = {"comparison": benching.compare([found[pk] for pk in asked])}
    return render(request, "recognition/bench_compare.html", context)


@require_safe
@never_cache
@login_required
@may_look
def report(request: HttpRequest, pk: int, kind: str) -> FileResponse:
    path = registry.report_of(get_object_or_404(ModelVersion, pk=pk), kind)
    if path is None:
        raise Http404("This version has no such report.")
    try:
        response = FileResponse(path.open("rb"), content_type=_CONTENT_TYPES[kind])
    except OSError as error:
        raise Http404("The report is gone.") from error
    response["Content-Security-Policy"] = _REPORT_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response
