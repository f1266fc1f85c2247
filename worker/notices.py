"""Tells whoever started something that it has ended: on the site's pages, and by mail where mail is sent.

A notice belongs into the transaction that ends the work, so that none is lost and none is given twice.
"""

import logging
from functools import partial

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from accounts.models import User
from recognition.models import DatasetImport, ModelVersion, Notice, TrainingRun

logger = logging.getLogger(__name__)


def tell_of_run(run: TrainingRun) -> None:
    """A training that has succeeded, was skipped or has failed."""
    address = f"/training/{run.pk}/"
    if run.state == TrainingRun.State.FAILED:
        _tell(run.asked_by, Notice.Kind.ERROR, f"Training {run.pk} failed", run.error, address)
    elif run.note:
        _tell(run.asked_by, Notice.Kind.INFO, f"Training {run.pk} was skipped", run.note, address)
    elif run.state == TrainingRun.State.SUCCEEDED:
        words = f"It made the candidate {run.model_version}. Compare it with the active version, then decide."
        _tell(run.asked_by, Notice.Kind.SUCCESS, f"Training {run.pk} is done", words, address)


def tell_of_import(upload: DatasetImport) -> None:
    """An import that has succeeded or failed."""
    address = f"/datasets/imports/{upload.pk}/"
    if upload.state == DatasetImport.State.FAILED:
        _tell(upload.asked_by, Notice.Kind.ERROR, f"{upload} failed", upload.error, address)
    else:
        first = next(iter(upload.report.splitlines()), "")
        _tell(upload.asked_by, Notice.Kind.SUCCESS, f"{upload} is done", first, address)


def tell_of_comparison(version: ModelVersion, asked_by: User | None, error: str = "") -> None:
    """A candidate that was compared again, or could not be."""
    address, kind = f"/models/{version.pk}/", Notice.Kind.ERROR if error else Notice.Kind.SUCCESS
    title = "A candidate could not be compared again" if error else "A candidate was compared again"
    _tell(asked_by, kind, title, f"{version}: {error}" if error else f"{version}: see what the gate says now.", address)


def _tell(person: User | None, kind: Notice.Kind, title: str, text: str, address: str) -> None:
    """``person`` is None if their account is gone: then there is nobody to tell."""
    if person is None:
        return
    notice = Notice.objects.create(person=person, kind=kind, title=title[:100], text=text[:600], address=address)
    if settings.MAIL_IS_SENT and person.email and person.is_active:
        transaction.on_commit(partial(_mail, person.email, notice))


def _mail(email: str, notice: Notice) -> None:
    """Mail that cannot be sent is no reason to fail: the notice stands on the site."""
    subject = f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{' '.join(notice.title.split())}"
    text = f"{notice.title}.\n\n{notice.text}\n\nMore on the site, at {notice.address}\n"
    try:
        send_mail(subject, text, None, [email])
    except OSError:  # what smtplib raises is one of these
        logger.warning("A mail about %r could not be sent", notice.title, exc_info=True)
