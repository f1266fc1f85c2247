"""The tables, one file a noun."""

from recognition.models.contact_message import ContactMessage
from recognition.models.correction import Correction
from recognition.models.model_version import ModelVersion
from recognition.models.prediction import Prediction
from recognition.models.sample import Opinion, Sample

__all__ = ["ContactMessage", "Correction", "ModelVersion", "Opinion", "Prediction", "Sample"]
