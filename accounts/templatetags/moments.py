"""Points in time, on pages and in mails."""

from datetime import UTC, datetime

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


def in_utc(moment: datetime) -> str:
    """``28 November 2026, 11:00 UTC``."""
    return date_format(moment.astimezone(UTC), "DATETIME_FORMAT") + "\u00a0UTC"


@register.filter
def as_time(moment: datetime | None) -> SafeString | str:
    """An element ``time`` in UTC, which ``static/js/times.js`` puts in the browser's zone; nothing for ``None``."""
    if moment is None:
        return ""
    exact = moment.isoformat(timespec="seconds")
    return format_html('<time datetime="{}" data-moment>{}</time>', exact, in_utc(moment))
