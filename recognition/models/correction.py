"""What people answered when they were asked whether a letter was right."""

from django.conf import settings
from django.db import models

from recognition.models.prediction import Prediction
from worker.ml.labels import LABELS, NAMES


class Correction(models.Model):
    """The class that a person says a picture shows. Equal to the predicted one, it confirms the answer."""

    LABELS = [(label, NAMES[label]) for label in LABELS]

    prediction = models.OneToOneField(Prediction, on_delete=models.CASCADE, related_name="correction")
    label = models.CharField(max_length=10, choices=LABELS)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="corrections")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.label} for {self.prediction.label}"

    @property
    def is_confirmation(self) -> bool:
        return self.label == self.prediction.label

    @property
    def label_name(self) -> str:
        """The class as a sentence calls it."""
        return NAMES.get(self.label, self.label)
