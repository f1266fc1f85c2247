"""Lists of the admin that answer any date in their address."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest


class PlainDatesMixin:
    """For a ``ModelAdmin`` with a ``date_hierarchy``: a day that no calendar has leads back to the list, which says so.

    Django leads back without a word, and fails on the end of the last year and on years that no date can have.
    """

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        try:
            return super().get_changelist_instance(request)  # type: ignore[misc]
        except (IncorrectLookupParameters, ValueError, OverflowError) as error:
            messages.warning(request, "There is no such day or choice, so all is shown.")
            raise IncorrectLookupParameters(error) from error
