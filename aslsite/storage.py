"""Where static files are kept once they are collected."""

from typing import Any

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

_MODULES: Any = HashedFilesMixin._js_module_import_aggregation_patterns  # type: ignore[attr-defined]


class VersionedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Named by content, so that browsers may keep them for ever, and so is what our modules import from each other.

    Ours alone: Django would also follow the examples in comments of other people's scripts.
    https://docs.djangoproject.com/en/5.2/ref/contrib/staticfiles/#manifeststaticfilesstorage
    """

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = ("js/*.js", _MODULES[1])
