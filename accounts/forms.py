"""Forms of the account pages: our own, and allauth's where their words need help."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms

from accounts.models import ApiToken


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """Says what the first field takes in its label, where it stays readable while one types."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or email address"
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ApiToken
        fields = ["name"]
        help_texts = {"name": "What will use it, for example “laptop” or “class project”."}
