"""Settings of the worker processes: the site's, less the apps that only pages and REST need.

Every app that has tables stays, so that deleting a row here takes with it what hangs on it. Each worker is two
processes or more, and saves 7 MB and a moment of its start in each.
"""

from aslsite.settings import *  # noqa: F403
from aslsite.settings import INSTALLED_APPS

_ONLY_FOR_PAGES = {
    "aslsite",
    "allauth",
    "csp",
    "django_htmx",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "whitenoise.runserver_nostatic",
}
_WITHOUT_ITS_PAGES = {"django.contrib.admin": "django.contrib.admin.apps.SimpleAdminConfig"}

INSTALLED_APPS = [_WITHOUT_ITS_PAGES.get(app, app) for app in INSTALLED_APPS if app not in _ONLY_FOR_PAGES]
