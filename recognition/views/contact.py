"""The contact page: a message to those who run the site, from anybody."""

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from recognition.forms import ContactForm
from recognition.models import ContactMessage


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    sender = request.user if request.user.is_authenticated else None
    if request.method != "POST":
        return _page(request, ContactForm(initial={"email": sender.email if sender else ""}))
    form = ContactForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    too_many: HttpResponse | None = ratelimit.consume_or_429(request, action="contact")
    if too_many:
        return too_many
    if not form.is_from_a_program:
        ContactMessage.receive(sender=sender, email=form.cleaned_data["email"], text=form.cleaned_data["text"])
    messages.success(request, "Your message has arrived. Thank you.")
    return redirect("recognition:contact")


def _page(request: HttpRequest, form: ContactForm, *, status: int = 200) -> HttpResponse:
    return render(request, "recognition/contact.html", {"form": form}, status=status)
