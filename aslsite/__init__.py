"""The site: settings, URLs, WSGI, the Celery application."""

from aslsite.celery import app as celery_app

__all__ = ["celery_app"]
