"""News for one person: something that they started has ended."""

from django.conf import settings
from django.db import models


class Notice(models.Model):
    """Shown on the site's pages until the person dismisses it. It goes with the account."""

    class Kind(models.TextChoices):
        """As alerts are called in ``components/alert.html``."""

        SUCCESS = "success", "Good news"
        INFO = "info", "News"
        ERROR = "error", "Bad news"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=100)
    text = models.CharField(max_length=600, blank=True)
    address = models.CharField(max_length=200, help_text="Path of the page that tells more.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.title
