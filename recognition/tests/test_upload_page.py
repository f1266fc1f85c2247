"""The upload page: each file is judged on its own, and every refusal is a sentence."""

import re
import socket
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import User
from recognition import services
from recognition.models import Prediction
from recognition.tests.bad_files import BAD, GOOD
from recognition.tests.conftest import encoded
from recognition.views.upload import SESSION_EXPIRED

PAGE = "/predict/"


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def upload(client: Client, *files: tuple[str, bytes], path: str = PAGE) -> Any:
    """As a browser sends it: the client's names, unchanged, in the header of each part."""
    parts = [
        b'--border\r\nContent-Disposition: form-data; name="images"; filename="' + name.encode() + b'"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + data + b"\r\n"
        for name, data in files
    ]
    body = b"".join(parts) + b"--border--\r\n"
    return client.generic("POST", path, body, content_type="multipart/form-data; boundary=border")


def told(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_one_picture_leads_to_its_result(client: Client, alice: User) -> None:
    response = upload(client, ("hand.jpg", encoded()))
    prediction = Prediction.objects.get()
    assert prediction.owner == alice
    assert response.headers["Location"] == reverse("recognition:result", args=[prediction.pk])


@pytest.mark.parametrize(("name", "data", "shown"), GOOD.values(), ids=GOOD)
def test_what_can_be_read_is_taken_and_its_name_is_never_a_path(
    client: Client, media_folder: Path, name: str, data: bytes, shown: str
) -> None:
    assert upload(client, (name, data)).status_code == 302
    prediction = Prediction.objects.get()
    assert prediction.original_name == shown
    stored = [path for path in media_folder.rglob("*") if path.is_file()]
    assert stored == [media_folder / f"predictions/{prediction.pk.hex[:2]}/{prediction.pk.hex}.jpg"]


@pytest.mark.parametrize(("name", "data", "_status", "sentence"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_refused_by_name(
    client: Client, name: str, data: bytes, _status: int, sentence: str
) -> None:
    response = upload(client, (name, data))
    page = response.content.decode()
    assert response.status_code == 400
    assert name in page
    assert sentence in page
    assert "Traceback" not in page
    assert Prediction.objects.count() == 0


def test_a_name_is_text_whatever_it_holds(client: Client) -> None:
    page = upload(client, ("<img src=x onerror=alert(1)>.jpg", b"no picture")).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_good_files_are_kept_beside_bad_ones(client: Client) -> None:
    response = upload(client, ("a.jpg", encoded()), ("b.pdf", b"%PDF-1.4"), ("c.png", encoded("PNG")), ("d.jpg", b""))
    assert response.headers["Location"] == reverse("recognition:history")
    assert sorted(Prediction.objects.values_list("original_name", flat=True)) == ["a.jpg", "c.png"]
    assert "2 pictures were accepted" in told(response)
    assert "2 files could not be taken" in told(response)
    page = client.get(response.headers["Location"]).content.decode()
    assert '<span class="filename">b.pdf</span>' in page
    assert "This is a PDF" in page


def test_a_file_over_the_limit_is_dropped_while_it_arrives_and_the_others_go_on(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAX_UPLOAD_BYTES = 100_000
    settings.IMAGE_LIMITS = type(settings.IMAGE_LIMITS)(max_bytes=100_000)
    seen: list[int] = []
    real = services.request_prediction

    def spy(**asked: Any) -> Prediction:
        seen.append(len(asked["data"]))
        return real(**asked)

    monkeypatch.setattr(services, "request_prediction", spy)
    small = encoded()
    response = upload(client, ("big.jpg", small + b"\0" * 300_000), ("small.jpg", small))
    assert seen == [len(small)]
    assert Prediction.objects.get().original_name == "small.jpg"
    assert "The file has 0.3 MB; at most 0.1 MB are taken." in told(response)


@pytest.mark.parametrize("count", [101, 200, 600])
def test_too_many_files_at_once_are_refused_together(client: Client, count: int) -> None:
    response = upload(client, *[(f"{number}.jpg", encoded()) for number in range(count)])
    assert response.status_code == 400
    page = response.content.decode()
    assert "Send at most 100 at once." in page
    assert 'aria-describedby="id_images_error"' in page
    assert 'id="id_images_error"' in page
    assert Prediction.objects.count() == 0


def test_no_file_at_all_is_told_at_the_field(client: Client) -> None:
    response = client.post(PAGE, {})
    page = response.content.decode()
    assert response.status_code == 400
    assert "No picture was chosen" in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_images_error"' in page


def test_without_a_queue_it_says_when_to_try_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "request_prediction", _away)
    response = upload(client, ("a.jpg", encoded()), ("b.jpg", encoded()))
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "10"
    assert response.content.decode().count("The queue cannot be reached just now") == 2


def test_what_was_accepted_before_the_queue_went_away_is_kept(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    real = services.request_prediction
    calls: list[str] = []

    def once(**asked: Any) -> Prediction:
        calls.append(asked["original_name"])
        return real(**asked) if len(calls) == 1 else _away()

    monkeypatch.setattr(services, "request_prediction", once)
    response = upload(client, ("a.jpg", encoded()), ("b.jpg", encoded()), ("c.jpg", encoded()))
    assert response.headers["Location"] == reverse("recognition:result", args=[Prediction.objects.get().pk])
    assert calls == ["a.jpg", "b.jpg"]  # the third was not even tried
    assert "2 files could not be taken" in told(response)


def test_a_session_that_expired_meanwhile_leads_to_log_in_and_back(client: Client) -> None:
    client.logout()
    response = upload(client, ("a.jpg", encoded()))
    assert response.headers["Location"] == f"{reverse('account_login')}?next={PAGE}"
    assert SESSION_EXPIRED in client.get(response.headers["Location"]).content.decode().replace("&#x27;", "'")
    assert Prediction.objects.count() == 0


def test_so_does_a_token_of_an_earlier_session(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    response = upload(browser, ("a.jpg", encoded()))
    assert response.headers["Location"] == f"{reverse('account_login')}?next={PAGE}"


def test_a_form_of_another_session_is_explained(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    response = upload(browser, ("a.jpg", encoded()))
    assert response.status_code == 403
    assert "That form has expired" in response.content.decode()
    assert Prediction.objects.count() == 0


def test_a_form_with_its_token_is_taken(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    browser.get(PAGE)
    token = browser.cookies["csrftoken"].value
    response = browser.post(PAGE, {"csrfmiddlewaretoken": token, "images": SimpleUploadedFile("a.jpg", encoded())})
    assert response.status_code == 302
    assert Prediction.objects.count() == 1


def test_a_browser_that_hangs_up_leaves_nothing_behind(
    alice: User, live_server: Any, media_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Client()
    browser.force_login(alice)
    browser.get(PAGE)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())
    head = (
        f"POST {PAGE} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\nContent-Length: 1000000\r\n"
        f"X-CSRFToken: {browser.cookies['csrftoken'].value}\r\n"
        "Content-Type: multipart/form-data; boundary=border\r\n\r\n"
        '--border\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\n'
    )
    with socket.create_connection((live_server.thread.host, live_server.thread.port), timeout=10) as line:
        line.sendall(head.encode() + encoded())
        line.shutdown(socket.SHUT_WR)
        answer = line.recv(100)
    assert b" 400 " in answer
    assert "Traceback" not in caplog.text
    assert Prediction.objects.count() == 0
    assert [path for path in media_folder.rglob("*") if path.is_file()] == []
    assert browser.get(PAGE).status_code == 200


class Reset:
    """A connection that breaks off in the middle of its body."""

    def read(self, *_size: int) -> bytes:
        raise ConnectionResetError

    readline = read


def test_so_does_one_whose_connection_breaks(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    multipart = "multipart/form-data; boundary=border"
    environ: dict[str, Any] = {"wsgi.input": Reset(), "CONTENT_LENGTH": "1000000"}
    assert client.generic("POST", PAGE, b"", content_type=multipart, **environ).status_code == 400
    assert "Traceback" not in caplog.text
    assert Prediction.objects.count() == 0


def keyed(client: Client, key: str, *files: bytes) -> Any:
    images = [SimpleUploadedFile(f"{number}.jpg", data) for number, data in enumerate(files)]
    return client.post(PAGE, {"key": key, "images": images})


def test_the_field_offers_what_the_site_reads_and_the_camera_any_picture(client: Client) -> None:
    page = client.get(PAGE).content.decode()
    chosen, camera = (
        re.search(rf'<input[^>]*id="{field}"[^>]*>', page, re.DOTALL) for field in ("id_images", "id_camera")
    )
    assert chosen is not None
    assert camera is not None
    offered = re.search(r'accept="([^"]*)"', chosen[0])
    assert offered is not None
    types = offered[1].split(",")
    assert types[0] == "image/jpeg"  # what Safari makes of anything else
    assert set(types) >= {"image/png", "image/webp", "image/avif", "image/heic", ".heic"}
    assert not {"image/*", "image/svg+xml"} & set(types)
    assert 'accept="image/*"' in camera[0]
    assert "capture" in camera[0]


def test_the_form_has_a_key_of_its_own_each_time(client: Client) -> None:
    keys = {re.search(r'name="key" value="([^"]+)"', client.get(PAGE).content.decode())[1] for _ in range(2)}  # type: ignore[index]
    assert len(keys) == 2


def test_a_second_click_sends_nothing_twice(client: Client, charlie: User, media_folder: Path) -> None:
    first = keyed(client, "k", encoded())
    assert keyed(client, "k", encoded()).headers["Location"] == first.headers["Location"]
    assert Prediction.objects.count() == 1
    assert len([path for path in media_folder.rglob("*") if path.is_file()]) == 1
    keyed(client, "k", encoded(size=(80, 60)))  # another picture is another, whatever the key
    keyed(client, "l", encoded())
    keyed(client, "", encoded())
    keyed(client, "m", encoded(), encoded())  # two that are alike, and both meant
    assert Prediction.objects.count() == 6
    client.force_login(charlie)
    assert keyed(client, "k", encoded()).headers["Location"] != first.headers["Location"]


def as_json(client: Client, *files: tuple[str, bytes]) -> Any:
    client.defaults["HTTP_ACCEPT"] = "application/json"
    return upload(client, *files)


def test_the_pages_script_is_told_in_json(client: Client) -> None:
    response = as_json(client, ("hand.jpg", encoded()))
    assert response.status_code == 201
    address = reverse("recognition:result", args=[Prediction.objects.get().pk])
    assert response.json() == {"accepted": [{"name": "hand.jpg", "address": address}], "refused": []}
    response = as_json(client, ("notes.pdf", b"%PDF-1.7"))
    assert response.status_code == 400
    assert response.json()["accepted"] == []
    assert response.json()["refused"][0]["name"] == "notes.pdf"
    assert "This is a PDF" in response.json()["refused"][0]["detail"]


def test_so_are_its_mishaps(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    response = as_json(client)
    assert (response.status_code, response.json()["detail"][:22]) == (400, "No picture was chosen.")
    response = as_json(client, *[(f"{number}.jpg", encoded()) for number in range(101)])
    assert (response.status_code, "at most 100" in response.json()["detail"]) == (400, True)
    monkeypatch.setattr(services, "request_prediction", _away)
    response = as_json(client, ("a.jpg", encoded()))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    client.logout()
    response = as_json(client, ("a.jpg", encoded()))
    assert (response.status_code, response.json()) == (401, {"detail": SESSION_EXPIRED})


def _away(**_asked: Any) -> Prediction:
    raise services.QueueUnavailable
