"""The tables, one file a noun."""

from recognition.models.contact_message import ContactMessage
from recognition.models.correction import Correction
from recognition.models.model_version import ModelVersion
from recognition.models.prediction import Prediction

__all__ = ["ContactMessage", "Correction", "ModelVersion", "Prediction"]
