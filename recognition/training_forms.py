"""Forms of the pages on data sets, training and versions."""

from typing import Any, ClassVar, Final, cast

from django import forms

from recognition.models import Dataset, DatasetImport, DatasetVersion, ModelVersion
from recognition.recipe_words import FAMILIES, setting_words
from recognition.retraining import why_not_trained_on
from recognition.uploads import UnspooledFile
from worker.ml.manifest import SET_NAME_RULE, is_set_name
from worker.ml.pictures.config import ConfigError
from worker.ml.recipes import LANDMARKS, recipe_of, settings_of

NO_ROOM: Final = "There is no room for it on the disk. Nothing was kept."
_SETTINGS: Final = ("epochs", "steps", "batch", "learning_rate", "seed")


def _defaults(name: str) -> str:
    """What a setting is if it is left empty, family by family."""
    told = [
        f"{settings[name]:g} ({title.split(':')[0].split(',')[0].lower()})"
        for family, title in FAMILIES.items()
        if name in (settings := settings_of(recipe_of(family)))
    ]
    return f"Left empty: {', '.join(told)}."


class DatasetForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Dataset
        fields = ["name", "description"]
        help_texts: ClassVar = {"name": SET_NAME_RULE}
        error_messages: ClassVar = {"name": {"invalid": SET_NAME_RULE}}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not is_set_name(name):
            raise forms.ValidationError(SET_NAME_RULE)
        return name


class ImportForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = DatasetImport
        fields = ["dataset", "archive", "signer"]
        labels: ClassVar = {"dataset": "Data set"}

    def clean_dataset(self) -> Dataset:
        """Names that are refused now may have been given before."""
        dataset: Dataset = self.cleaned_data["dataset"]
        if not is_set_name(dataset.name):
            raise forms.ValidationError(
                f"Nothing can be imported under the name {dataset.name}. Make a data set with another. {SET_NAME_RULE}"
            )
        return dataset

    def clean_archive(self) -> Any:
        archive = self.cleaned_data["archive"]
        if isinstance(archive, UnspooledFile):
            raise forms.ValidationError(NO_ROOM)
        return archive


class TrainingForm(forms.Form):
    """What a training takes. Its bounds keep the landmark network within an hour on a small machine."""

    version = forms.ModelChoiceField(
        DatasetVersion.objects.counting_present().select_related("dataset"),
        label="Data set version",
        empty_label="Choose one",
    )
    preset = forms.ChoiceField(
        choices=list(FAMILIES.items()),
        initial=LANDMARKS,
        label="What learns",
        help_text="The families that read whole pictures begin anew and need thousands of pictures.",
    )
    epochs = forms.IntegerField(min_value=1, max_value=100, required=False, help_text=_defaults("epochs"))
    steps = forms.IntegerField(
        min_value=1,
        max_value=500,
        required=False,
        label=setting_words("steps"),
        help_text=f"Of the landmark network alone. {_defaults('steps')}",
    )
    batch = forms.IntegerField(
        min_value=8, max_value=1024, required=False, label=setting_words("batch"), help_text=_defaults("batch")
    )
    learning_rate = forms.FloatField(
        min_value=0.000001,
        max_value=0.01,
        required=False,
        help_text="Larger learns faster, and forgets more of what the active version knows. "
        + _defaults("learning_rate"),
    )
    seed = forms.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, help_text="Another one gives another network."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[DatasetVersion]", self.fields["version"])
        told = [(version, why_not_trained_on(version)) for version in field.queryset or ()]
        self.refused = [(version, reason) for version, reason in told if reason]
        self.offered = len(told) - len(self.refused)
        # Only offered: who asks for another one nevertheless, as it was listed a while ago, is told why it is refused.
        field.choices = [
            ("", field.empty_label),
            *((version.pk, str(version)) for version, reason in told if not reason),
        ]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            try:
                self.recipe = recipe_of(values["preset"], **{name: values[name] for name in _SETTINGS})
            except ConfigError as error:
                self.add_error("steps", str(error))
        return values


class CanaryForm(forms.Form):
    share = forms.IntegerField(
        min_value=1,
        max_value=ModelVersion.LARGEST_CANARY_SHARE,
        initial=10,
        label="Per cent of new pictures",
        help_text=f"1 to {ModelVersion.LARGEST_CANARY_SHARE}. The active version answers the others.",
    )


class PromotionForm(forms.Form):
    """``instead_of`` is the active version as the page showed it. ``needs_reason`` marks the reason as needed for who
    sees the page; whether it is is known when it is sent."""

    instead_of = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        required=False,
        max_length=300,
        label="Reason to promote it all the same",
        help_text="It is noted in the log.",
    )

    def __init__(self, *args: Any, needs_reason: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = needs_reason
