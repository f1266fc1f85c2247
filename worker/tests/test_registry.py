"""Which model is served, and that a bad one never displaces a good one."""

import hashlib
import json
import uuid
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from pytest_django.asserts import assertNumQueries

from recognition.models import ModelVersion
from worker import registry
from worker.ml.artifact import Artifact, ArtifactCorrupt
from worker.ml.inference import Recogniser

State = ModelVersion.State


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """Nothing is loaded yet."""
    monkeypatch.setattr(registry, "_served", registry._Served())
    monkeypatch.setattr(registry, "_canary", registry._Served())


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were loaded, in place of loading them. A folder named ``bad`` cannot be."""
    folders: list[Path] = []

    def load(directory: Path, *, threads: int) -> str:
        folders.append(directory)
        if directory.name == "bad":
            raise ArtifactCorrupt("It is broken.")
        return f"recogniser of {directory.name}"

    monkeypatch.setattr(Recogniser, "load", load)
    return folders


def served() -> tuple[ModelVersion, Any]:
    return registry.active()


def version(name: str, *, active: bool = False) -> ModelVersion:
    row = ModelVersion.objects.create(name=name, family="test", fingerprint=name, directory=f"/models/{name}")
    if active:
        row.activate()
    return row


def test_the_active_version_is_loaded_once_and_asked_for_with_one_query(loaded: list[Path]) -> None:
    first = version("first", active=True)
    assert served() == (first, "recogniser of first")
    with assertNumQueries(1):
        registry.active()
    assert loaded == [Path("/models/first")]


def test_frames_ask_the_database_once_a_second(loaded: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(registry, "time", SimpleNamespace(monotonic=lambda: now))
    with pytest.raises(registry.NoModelError):
        registry.active_lately()
    first, second = version("first", active=True), version("second")
    assert registry.active_lately()[0] == first, "that there was none is not remembered"
    second.activate()
    with assertNumQueries(0):
        assert registry.active_lately()[0] == first
    now += 1.1
    assert registry.active_lately()[0] == second


def test_a_promotion_and_a_rollback_take_effect_at_the_next_picture(loaded: list[Path]) -> None:
    first, second = version("first", active=True), version("second")
    registry.active()
    second.activate()
    assert served() == (second, "recogniser of second")
    first.activate()
    assert served() == (first, "recogniser of first")


def test_a_version_that_cannot_be_loaded_leaves_the_last_good_one(
    loaded: list[Path], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = version("good", active=True), version("bad")
    registry.active()
    bad.activate()
    assert registry.active()[0] == good
    assert registry.active()[0] == good
    assert loaded == [Path("/models/good"), Path("/models/bad")]  # not tried again with every picture
    assert "It is broken." in caplog.text
    monkeypatch.setattr(registry, "RETRY_LOADING_AFTER_SECONDS", 0)
    registry.active()
    assert loaded[2:] == [Path("/models/bad")]  # but after a while: its files may have been restored


def test_a_process_that_has_none_yet_serves_the_shipped_one_in_place_of_a_bad_one(loaded: list[Path]) -> None:
    shipped = ModelVersion.objects.create(name="shipped", family="test", fingerprint="shipped", directory="")
    version("bad", active=True)
    assert served() == (shipped, "recogniser of pretrained")
    assert registry.active()[0] == shipped
    assert [folder.name for folder in loaded] == ["bad", "pretrained"]


def test_without_any_model_it_says_so(loaded: list[Path], caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(registry.NoModelError, match="No model is ready"):
        registry.active()
    registry.warm_up()
    assert "pictures will fail" in caplog.text


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "pretrained"
    monkeypatch.setattr(registry, "SHIPPED", folder)
    return folder


def ship(folder: Path, content: bytes, card: str = "# Card") -> Artifact:
    artifact = Artifact(
        name="landmarks",
        family="landmarks",
        landmarks_share=1.0,
        temperature=1.0,
        unsure_below=0.5,
        config={},
        data={},
        metrics={"accuracy": 0.9},
        carried={},
        made_with={},
    )
    return artifact.publish(folder, {"letters.tflite": content, "MODEL_CARD.md": card.encode()})


def test_the_shipped_model_is_registered_once_and_served(shipped: Path, loaded: list[Path]) -> None:
    artifact = ship(shipped, b"network")
    row = registry.register_shipped()
    assert row is not None
    assert row == registry.register_shipped()
    row.refresh_from_db()
    assert (row.state, row.fingerprint, row.card) == (State.ACTIVE, artifact.fingerprint, "# Card")
    assert row.metrics == {"accuracy": 0.9}
    assert served() == (row, "recogniser of pretrained")


def test_the_shipped_model_with_another_card_is_the_same_version_and_shows_that_card(shipped: Path) -> None:
    ship(shipped, b"network")
    first = registry.register_shipped()
    ship(shipped, b"network", card="# Card, with what a picture takes")
    assert registry.register_shipped() == first
    assert ModelVersion.objects.get().card == "# Card, with what a picture takes"


def test_rows_from_before_the_card_was_left_out_stay_their_version(tmp_path: Path) -> None:
    artifact = ship(tmp_path / "model", b"network")
    decides = [sorted(artifact.files.items()), 1.0, 1.0, 0.5]  # as it was: with the card
    before = hashlib.sha256(json.dumps(decides).encode()).hexdigest()
    row, gone, other = (
        ModelVersion.objects.create(name=name, fingerprint=fingerprint, directory=str(tmp_path / folder))
        for name, fingerprint, folder in (("row", before, "model"), ("gone", before, "gone"), ("other", "f", "model"))
    )
    import_module("recognition.migrations.0015_fingerprints_without_what_is_told").follow(apps, None)
    for one in (row, gone, other):
        one.refresh_from_db()
    assert (row.fingerprint, gone.fingerprint, other.fingerprint) == (artifact.fingerprint, before, "f")
    registry.verify(row)


def test_one_that_was_registered_before_it_was_shipped_is_one_version(shipped: Path, loaded: list[Path]) -> None:
    ship(shipped, b"network")
    known = registry.register_shipped()
    assert known is not None
    ModelVersion.objects.filter(pk=known.pk).update(directory="/models/registered")
    assert registry.register_shipped() == known
    assert ModelVersion.objects.get().directory == "/models/registered"


def test_a_chosen_model_stays_and_an_upgrade_replaces_a_shipped_one(shipped: Path) -> None:
    ship(shipped, b"network")
    old = registry.register_shipped()
    ship(shipped, b"better network")
    new = registry.register_shipped()
    assert new != old
    assert ModelVersion.objects.active().get() == new
    chosen = version("chosen", active=True)
    ship(shipped, b"best network")
    registry.register_shipped()
    assert ModelVersion.objects.active().get() == chosen


def test_a_shipped_model_that_cannot_be_served_does_not_stop_the_site(
    shipped: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ship(shipped, b"network")
    (shipped / "letters.tflite").write_bytes(b"something else")
    chosen = version("chosen", active=True)
    assert registry.register_shipped() is None
    assert "letters.tflite is not the file that was published" in caplog.text
    assert ModelVersion.objects.active().get() == chosen


def test_without_a_shipped_model_the_start_only_warns(shipped: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert registry.register_shipped() is None
    assert "No model is shipped" in caplog.text


class TestTheCanary:
    IDS = [uuid.UUID(int=number) for number in range(1000)]

    def served(self, pk: uuid.UUID) -> Any:
        return registry.canary_for(pk)

    def drawn(self) -> list[uuid.UUID]:
        return [pk for pk in self.IDS if registry.canary_for(pk)]

    def test_it_answers_its_share_and_each_picture_is_drawn_alike_every_time(self, loaded: list[Path]) -> None:
        candidate = version("candidate")
        assert self.drawn() == []
        candidate.start_canary(share=20)
        first = self.drawn()
        assert 150 < len(first) < 250
        assert self.served(first[0]) == (candidate, "recogniser of candidate")
        assert self.drawn() == first
        assert loaded == [Path("/models/candidate")]
        candidate.start_canary(share=50)
        assert set(first) < set(self.drawn())

    def test_it_is_taken_up_and_let_go_with_the_next_picture(self, loaded: list[Path]) -> None:
        candidate = version("candidate")
        candidate.start_canary(share=50)
        assert self.drawn()
        ModelVersion.objects.end_trial()
        assert self.drawn() == []
        assert registry._canary.recogniser is None
        other = version("other")
        other.start_canary(share=50)
        assert self.served(self.drawn()[0]) == (other, "recogniser of other")

    def test_one_that_cannot_be_loaded_answers_nothing_and_another_is_not_taken_for_it(
        self, loaded: list[Path], caplog: pytest.LogCaptureFixture
    ) -> None:
        good, bad = version("good"), version("bad")
        good.start_canary(share=50)
        assert self.drawn()
        ModelVersion.objects.end_trial()
        bad.start_canary(share=50)
        assert self.drawn() == []
        assert loaded == [Path("/models/good"), Path("/models/bad")]  # not tried again with every picture
        assert "It is broken." in caplog.text
        bad.refresh_from_db()
        assert "It is broken." in bad.canary_error


def test_a_version_that_is_served_can_be_read_by_the_live_page_too() -> None:
    shipped = registry.register_shipped()
    assert shipped is not None
    assert registry.browser_network_of(shipped) is None
    registry.active()
    made = registry.browser_network_of(shipped)
    assert made is not None
    assert made.read_bytes().startswith(b"ASLN")
    assert [path.name for path in made.parent.iterdir()] == [made.name]


def test_a_version_that_the_browser_cannot_read_is_served_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> bytes:
        raise ArtifactCorrupt("It has no plain chains of dense layers.")

    monkeypatch.setattr("worker.ml.browser_network.browser_network", refuse)
    shipped = registry.register_shipped()
    assert shipped is not None
    assert registry.active()[0] == shipped
    assert registry.browser_network_of(shipped) is None
    assert "the live page will use the server" in caplog.text
