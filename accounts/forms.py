"""Forms of the account pages: our own, and allauth's where their words need help."""

from typing import Any, Final

from allauth.account.forms import LoginForm, SignupForm
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.core.validators import MaxLengthValidator

from accounts.models import ApiToken, User

_LONGEST_NAME: Final = 254
"""An email address may be as long; SQLite refuses to compare with some 50,000 characters."""


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """Says what the first field takes in its label, and looks for nobody whose name nobody can have."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["login"]
        name.label = "Username or email address"
        name.validators.append(MaxLengthValidator(_LONGEST_NAME))
        name.widget.attrs["maxlength"] = _LONGEST_NAME


class SignUpForm(SignupForm):  # type: ignore[misc]  # allauth has no types
    """Lets nobody who gives an address count on mail where none is sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.MAIL_IS_SENT:
            self.fields["email"].help_text = (
                "You can sign in with it in place of your username. This site sends no mail: it cannot be used to get "
                "a new password."
            )


class _EachCodeOnce:
    """For allauth's three forms that take a code.

    A code stays valid for as long as wrong clocks are forgiven, before and after its period; allauth remembers for one
    period only that it was used, and not at all that it set the app up.
    """

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        user: User = self.user  # type: ignore[attr-defined]
        remembered = settings.MFA_TOTP_PERIOD * (2 * settings.MFA_TOTP_TOLERANCE + 1)
        used = f"code-used:{user.pk}:{normalize_user_code(code)}"
        if self._is_of_app() and not cache.add(used, True, timeout=remembered):
            raise get_adapter().validation_error("incorrect_code")
        return code

    def _is_of_app(self) -> bool:
        """Whether an authenticator app made the code; recovery codes are crossed out where they are kept."""
        factor: Authenticator = self.authenticator  # type: ignore[attr-defined]
        return bool(factor.type == Authenticator.Type.TOTP)


class CodeForm(_EachCodeOnce, AuthenticateForm):  # type: ignore[misc]
    pass


class CodeAgainForm(_EachCodeOnce, ReauthenticateForm):  # type: ignore[misc]
    pass


class FirstCodeForm(_EachCodeOnce, ActivateTOTPForm):  # type: ignore[misc]
    def _is_of_app(self) -> bool:
        return True


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
