"""The same photos by upload, REST, command line and browser: the same letter."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from aslsite.tests.browser import OpenPage
from recognition.models import Prediction
from recognition.tests.rest import LIST, client_of
from recognition.views.live import browser_assets
from worker import registry, tasks
from worker.ml.classify import classify
from worker.ml.inference import Recogniser
from worker.ml.tests.photos import needs_photos, photos_of

pytestmark = pytest.mark.django_db(transaction=True)

SESSIONS = (
    "amaannaseh", "insaneleone", "kennethowen", "kept_test", "longhongvo", "mariia00", "palakbhandari", "siqbals",
    "straciulita",
)  # fmt: skip
LABELS = "ABCDEFGHIKLMNOPQRSTUVWXY"
ONE_IN = 10
"""Of the photos sent by REST, how many are sent by the page too, which asks the same service."""

READ = """async ([config, module, photos]) => {
  const { BrowserReader } = await import(module);
  const model = await (await fetch(config.model)).json();
  const reader = await BrowserReader.create(config.assets, model.network);
  const canvas = new OffscreenCanvas(640, 480);
  const context = canvas.getContext("2d");
  const answers = [];
  let time = 0;
  for (const photo of photos) {
    context.fillRect(0, 0, 640, 480);
    for (let blank = 0; blank < 3; blank += 1) reader.read(canvas, time += 40);
    const image = new Image();
    image.src = photo;
    await image.decode();
    const scale = Math.min(640 / image.width, 480 / image.height);
    context.drawImage(image, 0, 0, image.width * scale, image.height * scale);
    let seen;
    for (let frame = 0, shown = 0; frame < 10 && shown < 3; frame += 1) {
      seen = reader.read(canvas, time += 40);
      shown += seen.hand ? 1 : 0;
    }
    answers.push([seen.label ?? "nothing", seen.hand?.isLeft ?? null]);
  }
  return answers;
}"""


@pytest.fixture
def photos() -> list[Path]:
    chosen = [photo for session in SESSIONS for label in LABELS for photo in photos_of(session, label, 2)[:1]]
    assert len(chosen) > 200
    return chosen


@pytest.fixture
def by_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue's work is done at once, in this process."""
    monkeypatch.setattr(registry, "_served", registry._Served())
    registry.register_shipped()
    monkeypatch.setattr(tasks.predict, "apply_async", lambda arguments: tasks.predict.run(*arguments))


@needs_photos
def test_a_photo_has_the_same_letter_whichever_way_it_goes(
    alice: User, photos: list[Path], by_queue: None, open_page: OpenPage
) -> None:
    if browser_assets() is None:
        pytest.skip("what the browser finds hands with is not here: make live")
    signed_in, program = Client(), client_of(alice)
    signed_in.force_login(alice)
    rest = []
    for number, photo in enumerate(photos):
        file = SimpleUploadedFile(photo.name, photo.read_bytes(), "image/jpeg")
        rest.append(program.get(program.post(LIST, {"image": file}).headers["Location"]).json())
        if number % ONE_IN == 0:
            file.seek(0)
            signed_in.post("/predict/", {"images": file})
            assert Prediction.objects.latest("created_at").label == rest[-1]["label"]
    sent = [answer["label"] for answer in rest]
    shell = [line.label for line in classify(Recogniser.load(), photos)]
    assert sum(a == b for a, b in zip(sent, shell, strict=True)) / len(photos) >= 0.99  # stored anew as JPEG

    page = open_page(alice)
    page.goto("/live/")
    config: dict[str, Any] = json.loads(page.get_attribute("#live", "data-config") or "")
    pictures = [f"data:image/jpeg;base64,{base64.b64encode(photo.read_bytes()).decode()}" for photo in photos]
    page.set_default_timeout(300_000)
    seen = page.evaluate(READ, [config, "/static/js/live/browser_reader.js", pictures])
    live = [label for label, _ in seen]
    apart = [
        (photo.parent.parent.name, photo.parent.name, one, other, answer["confidence"], answer["is_unsure"])
        for photo, one, other, answer in zip(photos, sent, live, rest, strict=True)
        if one != other
    ]
    sure = [i for i, answer in enumerate(rest) if not answer["is_unsure"]]
    agreement = 1 - len(apart) / len(photos)
    agreement_of_sure = sum(sent[i] == live[i] for i in sure) / len(sure)
    sides = [
        (answer["hand"]["handedness"] == "left") == is_left
        for answer, (_, is_left) in zip(rest, seen, strict=True)
        if answer["hand"] and is_left is not None
    ]
    assert agreement >= 0.985, apart  # measured 214 of 216 (docs/live.md), and a photo more may come late
    assert agreement_of_sure >= 0.99, apart
    assert sum(sides) / len(sides) >= 0.97
