"""The admin pages, one file a noun."""

from recognition.admin.contact_message import ContactMessageAdmin
from recognition.admin.model_version import ModelVersionAdmin
from recognition.admin.prediction import PredictionAdmin
from recognition.admin.sample import SampleAdmin

__all__ = ["ContactMessageAdmin", "ModelVersionAdmin", "PredictionAdmin", "SampleAdmin"]
