"""What the active version says of a picture that a candidate on trial has answered."""

from django.db import models

from recognition.models.model_version import ModelVersion
from recognition.models.prediction import Prediction


class SecondReading(models.Model):
    """Another version's answer for the same picture. It is for comparing alone: the prediction's own one counts."""

    prediction = models.OneToOneField(Prediction, on_delete=models.CASCADE, related_name="second_reading")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="second_readings")
    label = models.CharField(max_length=10)
    is_unsure = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.label} by {self.model_version_id}"
