"""Forms of the account pages: our own, and allauth's where their words need help."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms

from accounts.models import ApiToken, User


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


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["display_name", "signing_hand", "appearance"]


class DeleteAccountForm(forms.Form):
    """Asks for the password again: an open browser alone shall not be enough."""

    password = forms.CharField(
        label="Your password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("This is not your password. Nothing was deleted.")
        return password
