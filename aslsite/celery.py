"""The Celery application. Tasks are found in ``worker.tasks``; JSON only, primary keys only."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aslsite.settings")

app = Celery("aslsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["worker"])

__all__ = ["app"]
