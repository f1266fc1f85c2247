"""Forms of the account pages that are ours; sign-up, log-in and passwords are allauth's."""

from django import forms

from accounts.models import ApiToken


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ApiToken
        fields = ["name"]
        help_texts = {"name": "What will use it, for example “laptop” or “class project”."}
