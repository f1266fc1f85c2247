"""The admin pages, one file a noun."""

from recognition.admin.contact_message import ContactMessageAdmin
from recognition.admin.model_version import ModelVersionAdmin
from recognition.admin.prediction import PredictionAdmin
from recognition.admin.sample import SampleAdmin
from recognition.admin.training import DatasetAdmin, DatasetImportAdmin, DatasetVersionAdmin, TrainingRunAdmin

__all__ = [
    "ContactMessageAdmin",
    "DatasetAdmin",
    "DatasetImportAdmin",
    "DatasetVersionAdmin",
    "ModelVersionAdmin",
    "PredictionAdmin",
    "SampleAdmin",
    "TrainingRunAdmin",
]
