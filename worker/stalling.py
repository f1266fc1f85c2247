"""Whether pictures wait and none is read: the mark of a worker that lives and takes nothing, which no restart ends."""

from datetime import timedelta

from django.utils import timezone

from recognition.models import Prediction

STALLED_AFTER = timedelta(seconds=60)
"""Thrice what a picture may take, so that a slow one is no standstill."""

_LOOKED_AT = 20
"""Pictures are read in the order in which they came: among the newest that were, the last one to end is found."""


def predictions_stall() -> bool:
    """Whether a picture has waited for ``STALLED_AFTER`` and none was finished meanwhile: a long queue moves.

    Two queries, of which the second is seldom needed; they take as long as the queue is long, however many rows there
    are.
    """
    then = timezone.now() - STALLED_AFTER
    # When it came: the sweeper may have sent it again since, which is no progress.
    if not Prediction.objects.present().filter(state=Prediction.State.QUEUED, created_at__lte=then).exists():
        return False
    done = Prediction.objects.filter(state__in=[Prediction.State.SUCCEEDED, Prediction.State.FAILED])
    ended = done.order_by("-created_at", "-pk").values_list("finished_at", flat=True)[:_LOOKED_AT]
    return not any(at and at > then for at in ended)
