"""The tables, one file a noun."""

from recognition.models.contact_message import ContactMessage
from recognition.models.correction import Correction
from recognition.models.dataset import Dataset, DatasetVersion
from recognition.models.dataset_import import DatasetImport
from recognition.models.live_session import LiveSession
from recognition.models.model_version import ModelVersion
from recognition.models.notice import Notice
from recognition.models.personal_model import PersonalModel
from recognition.models.practice_round import PracticeAttempt, PracticeRound
from recognition.models.prediction import Prediction
from recognition.models.sample import Opinion, Sample
from recognition.models.second_reading import SecondReading
from recognition.models.training_run import TrainingRun

__all__ = [
    "ContactMessage",
    "Correction",
    "Dataset",
    "DatasetImport",
    "DatasetVersion",
    "LiveSession",
    "ModelVersion",
    "Notice",
    "Opinion",
    "PersonalModel",
    "PracticeAttempt",
    "PracticeRound",
    "Prediction",
    "Sample",
    "SecondReading",
    "TrainingRun",
]
