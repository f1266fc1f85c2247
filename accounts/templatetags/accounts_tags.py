"""allauth's words in the manner of this site, and browsers by their names."""

import re

from django import template
from django.forms import BoundField
from django.template.defaultfilters import stringfilter

register = template.Library()

_CAPITALISED = re.compile(r"\b[A-Z][a-z]+\b")

# The first that matches is it: browsers name those that they resemble too.
_BROWSERS = {
    r"Edg(e|A|iOS)?/": "Edge",
    r"OPR/|Opera": "Opera",
    r"SamsungBrowser/": "Samsung Internet",
    r"Firefox/|FxiOS/": "Firefox",
    r"Chrom(e|ium)/|CriOS/": "Chrome",
    r"Version/.*Safari/": "Safari",
}
_SYSTEMS = {
    r"iPhone": "iPhone",
    r"iPad": "iPad",
    r"Android": "Android",
    r"Windows": "Windows",
    r"Macintosh|Mac OS X": "Mac",
    r"CrOS": "ChromeOS",
    r"Linux|X11": "Linux",
}


@register.filter(is_safe=True)
@stringfilter
def sentence_case(words: str) -> str:
    """``Two-Factor Authentication`` -> ``Two-factor authentication``; ``IP Address`` -> ``IP address``."""
    begins = len(words) - len(words.lstrip()) + 1
    return words[:begins] + _CAPITALISED.sub(lambda word: word[0].lower(), words[begins:])


@register.filter
def labelled(field: BoundField) -> BoundField:
    """The same field with a label like ours, and without the placeholder in which allauth repeats it."""
    field.label = sentence_case(field.label)
    field.field.widget.attrs.pop("placeholder", None)
    return field


@register.filter
def browser_name(user_agent: str) -> str:
    """What a browser calls itself, as people call it: ``Firefox on Linux``. One that is not known is left as it is."""
    browser, system = (
        next((name for pattern, name in known.items() if re.search(pattern, user_agent)), "")
        for known in (_BROWSERS, _SYSTEMS)
    )
    return f"{browser} on {system}" if browser and system else user_agent
