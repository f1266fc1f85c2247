"""Forms of the pages on data sets, training and versions."""

from typing import Any

from django import forms

from recognition.models import Dataset, DatasetImport, DatasetVersion, ModelVersion
from recognition.retraining import config_of
from recognition.uploads import UnspooledFile
from worker.ml.lessons import RetrainingConfig

_DEFAULTS = RetrainingConfig()


class DatasetForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Dataset
        fields = ["name", "description"]


class ImportForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = DatasetImport
        fields = ["dataset", "archive", "signer"]

    def clean_archive(self) -> Any:
        archive = self.cleaned_data["archive"]
        if isinstance(archive, UnspooledFile):
            raise forms.ValidationError("There is no room for it on the disk. Nothing was kept.")
        return archive


class TrainingForm(forms.Form):
    """What a training takes. Its bounds keep it within an hour on a small machine."""

    version = forms.ModelChoiceField(DatasetVersion.objects.select_related("dataset"), label="Data set version")
    epochs = forms.IntegerField(
        min_value=1, max_value=100, initial=_DEFAULTS.epochs, help_text="How often it is looked at how far it is."
    )
    steps = forms.IntegerField(
        min_value=1, max_value=500, initial=_DEFAULTS.steps, label="Steps an epoch", help_text="Batches to learn from."
    )
    batch = forms.IntegerField(
        min_value=8, max_value=1024, initial=_DEFAULTS.batch, label="Hands a batch", help_text="Drawn anew each time."
    )
    learning_rate = forms.FloatField(
        min_value=0.000001,
        max_value=0.01,
        initial=_DEFAULTS.learning_rate,
        help_text="Larger learns faster, and forgets more of what the active version knows.",
    )
    seed = forms.IntegerField(
        min_value=0, max_value=2**31 - 1, initial=_DEFAULTS.seed, help_text="Another one gives another network."
    )

    @property
    def config(self) -> RetrainingConfig:
        values: dict[str, Any] = self.cleaned_data
        return config_of(values)


class CanaryForm(forms.Form):
    share = forms.IntegerField(
        min_value=1,
        max_value=ModelVersion.LARGEST_CANARY_SHARE,
        initial=10,
        label="Per cent of new pictures",
        help_text=f"1 to {ModelVersion.LARGEST_CANARY_SHARE}. The active version answers the others.",
    )


class PromotionForm(forms.Form):
    """``instead_of`` is the active version as the page showed it."""

    instead_of = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        required=False,
        max_length=300,
        label="Reason to promote it all the same",
        help_text="Needed where the gate objects. It is noted in the log.",
    )
