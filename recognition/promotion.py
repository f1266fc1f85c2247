"""Which version serves: a trial before it, promotion through the gate, and the way back."""

from django.contrib.admin.models import CHANGE, LogEntry

from accounts.models import User
from recognition.gate import objections
from recognition.models import ModelVersion
from worker import registry


class Refused(Exception):
    """The version that serves is the same as before. Carries the sentence for staff."""


def promote_version(*, version: ModelVersion, by: User, instead_of: int | None, reason: str = "") -> None:
    """Make ``version`` the active one. ``instead_of`` is the active one's number as ``by`` saw it.

    Raises :class:`Refused`: somebody else was quicker, its files are gone or changed, or the gate objects and there is
    no ``reason`` to override it.
    """
    active = ModelVersion.objects.active().first()
    if version.state == ModelVersion.State.ACTIVE:
        raise Refused(f"{version} is the active version already.")
    if (active.pk if active else None) != instead_of:
        raise Refused(f"Somebody has made {active} the active version meanwhile. Look again, then decide.")
    against = objections(version, active)
    if against and not reason.strip():
        raise Refused(f"The gate objects: {' '.join(against)} Give a reason to promote it all the same.")
    _refuse_unless_whole(version)
    ended = _trial_that_ends()
    if not ModelVersion.promote(version=version, instead_of=active):
        raise Refused("Somebody has promoted another version at the same moment. Look again, then decide.")
    overridden = f" Overridden: {' '.join(against)} Reason: {reason.strip()}" if against else ""
    _log(version, by, f"Promoted, instead of {active}.{ended}{overridden}")


def roll_back(*, by: User, version: int | None) -> ModelVersion:
    """Make the version active again that the active one had replaced; returns it. ``version`` is what ``by`` saw.

    Raises :class:`Refused`.
    """
    active = ModelVersion.objects.active().select_related("replaced").first()
    if active is None or active.pk != version:
        raise Refused("Somebody has changed the active version meanwhile. Look again, then decide.")
    if active.replaced is None:
        raise Refused(f"{active} has replaced no other version: there is nothing to go back to.")
    _refuse_unless_whole(active.replaced)
    ended = _trial_that_ends()
    if not ModelVersion.roll_back(version=active):
        raise Refused("Somebody has changed the active version at the same moment. Look again, then decide.")
    _log(active.replaced, by, f"Rolled back to, from {active}.{ended}")
    return active.replaced


def start_canary(*, version: ModelVersion, by: User, share: int) -> None:
    """Let a candidate answer ``share`` per cent of the new pictures, or change the share of the one that does.

    Raises :class:`Refused`: it is no candidate, another one is on trial, no version is active that it could be compared
    with, or its files are gone or changed.
    """
    if not 1 <= share <= ModelVersion.LARGEST_CANARY_SHARE:
        raise Refused(f"A trial takes 1 to {ModelVersion.LARGEST_CANARY_SHARE} per cent of the pictures.")
    if version.state != ModelVersion.State.CANDIDATE:
        raise Refused(f"{version} is no candidate: only one that was never promoted can be on trial.")
    if not ModelVersion.objects.active().exists():
        raise Refused("No version is active that it could be compared with.")
    other = ModelVersion.objects.canary().exclude(pk=version.pk).first()
    if other is not None:
        raise Refused(f"{other} is on trial. End that first.")
    _refuse_unless_whole(version)
    if not version.start_canary(share=share):
        raise Refused("Somebody has changed the versions at the same moment. Look again, then decide.")
    _log(version, by, f"On trial: it answers {share} % of the new pictures.")


def end_canary(*, version: ModelVersion, by: User) -> None:
    """The active version answers all pictures again. Raises :class:`Refused` if ``version`` is not on trial."""
    if ModelVersion.objects.canary().filter(pk=version.pk).end_trial() != 1:
        raise Refused(f"{version} is not on trial.")
    _log(version, by, "Its trial was ended.")


def _trial_that_ends() -> str:
    """For the log, before the active version changes."""
    on_trial = ModelVersion.objects.canary().first()
    return f" That ended the trial of {on_trial}." if on_trial else ""


def _refuse_unless_whole(version: ModelVersion) -> None:
    try:
        registry.verify(version)
    except registry.Unservable as error:
        raise Refused(f"{version} cannot be served: {error}") from error


def _log(version: ModelVersion, by: User, message: str) -> None:
    chosen = ModelVersion.objects.filter(pk=version.pk)
    LogEntry.objects.log_actions(by.pk, chosen, CHANGE, change_message=message, single_object=True)
