"""Forms of the pages."""

from __future__ import annotations  # UploadedFile is generic for the type checker only

from collections.abc import Sequence
from typing import Any, Self
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

from recognition.models import ContactMessage
from worker.ml.images import MEDIA_TYPES
from worker.ml.labels import LABELS, NAMES, NOTHING


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """A list of files. Each is judged on its own later, so an empty one is no error of the form."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        files: Sequence[UploadedFile[Any]] = data or []
        if not files:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(files) > settings.MAX_FILES_PER_UPLOAD:
            raise forms.ValidationError(_too_many_files(), code="too_many_files")
        return list(files)


class UploadForm(forms.Form):
    images = SeveralFilesField(
        label="Pictures",
        error_messages={"required": "No picture was chosen. Choose one or several, then send them."},
        # By name, not image/*: pickers then do not offer what would be refused (raw files, SVG, JPEG XL), and Safari
        # sends such a photo, or a HEIC where it is not read here, as the first of these that it can write, which is
        # JPEG; iPhones send that whatever is asked for. Android shows its photo picker for any list of pictures, but
        # no camera: that has a field of its own (camera_field.html), at image/*, as what it makes is a JPEG anyway.
        widget=SeveralFilesInput(attrs={"accept": ",".join(MEDIA_TYPES), "multiple": True}),
    )
    key = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput, initial=uuid4)
    """Of this one form: sent twice, by a second click or in doubt, its pictures are taken once."""

    @classmethod
    def of_too_many_files(cls) -> Self:
        """What was sent could not be read, as it had too many files: that alone is wrong with the form."""
        form = cls({}, MultiValueDict())
        form.errors.clear()
        form.errors["images"] = form.error_class([_too_many_files()], field_id=form["images"].auto_id)
        return form


class SampleForm(UploadForm):
    """Pictures of one letter that is known beforehand."""

    label = forms.ChoiceField(
        label="Which letter do they show?",
        choices=[(label, NAMES[label]) for label in LABELS if label != NOTHING],
        error_messages={
            "required": "Choose the letter that the pictures show.",
            "invalid_choice": "Choose the letter that the pictures show.",
        },
    )
    field_order = ["label", "images"]


def _too_many_files() -> str:
    return (
        f"These are more than {settings.MAX_FILES_PER_UPLOAD} files, so none was sent on. "
        f"Send at most {settings.MAX_FILES_PER_UPLOAD} at once."
    )


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    """Works for everybody. ``website`` is a trap: people do not see it, programs that fill in everything do."""

    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}))

    class Meta:
        model = ContactMessage
        fields = ["email", "text"]
        widgets = {
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "text": forms.Textarea(attrs={"rows": 8}),
        }

    @property
    def is_from_a_program(self) -> bool:
        return bool(self.cleaned_data["website"])
