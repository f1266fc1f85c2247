"""Where static files are kept once they are collected."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class VersionedStaticFiles(CompressedManifestStaticFilesStorage):
    """Named by content, so that browsers may keep them for ever; what modules import from each other is so named too.

    https://docs.djangoproject.com/en/5.2/ref/contrib/staticfiles/#manifeststaticfilesstorage
    """

    support_js_module_import_aggregation = True
