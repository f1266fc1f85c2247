"""The page of one version: files, lineage, figures; its files by download; and a candidate on trial."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import Consent, User
from recognition.models import Correction, Dataset, ModelVersion, Opinion, Prediction, SecondReading, TrainingRun
from recognition.promotion import promote_version
from recognition.retraining import freeze_dataset, request_training
from recognition.tests.conftest import MakePrediction
from recognition.tests.samples import allow, offered
from recognition.trial import trial_of
from worker import registry
from worker.ml.lessons import RetrainingConfig
from worker.tests.artifacts import publish_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped() -> ModelVersion:
    found = registry.register_shipped()
    assert found is not None
    return found


def published(folder: Path, name: str = "candidate", **fields: Any) -> ModelVersion:
    """A candidate with small files of its own, which is never loaded."""
    folder.mkdir(parents=True, exist_ok=True)
    artifact = publish_files(folder / name)
    return ModelVersion.objects.create(
        **{"name": name, "family": "fusion", "fingerprint": artifact.fingerprint, "directory": str(folder / name)}
        | fields
    )


@pytest.fixture
def candidate(shipped: ModelVersion, tmp_path: Path) -> ModelVersion:
    return published(tmp_path)


@pytest.fixture
def staff(client: Client, bob: User) -> Client:
    client.force_login(allow(bob, "promote_models", "download_models"))
    return client


def words(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


class TestFiles:
    def test_each_is_listed_with_size_and_checksum_and_sent_as_it_was_published(
        self, staff: Client, candidate: ModelVersion
    ) -> None:
        page = words(staff, f"/models/{candidate.pk}/")
        assert hashlib.sha256(b"network of candidate").hexdigest() in page
        assert "20 bytes" in page
        sent = staff.get(f"/models/{candidate.pk}/files/letters.tflite")
        assert b"".join(sent.streaming_content) == b"network of candidate"  # type: ignore[attr-defined]
        assert sent.headers["Content-Disposition"] == 'attachment; filename="letters.tflite"'
        assert sent.headers["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize("fate", ["changed", "missing", "a link"])
    def test_one_that_is_not_what_was_published_is_refused_and_marked(
        self, staff: Client, candidate: ModelVersion, fate: str, tmp_path: Path
    ) -> None:
        path = Path(candidate.directory) / "letters.keras"
        path.unlink()
        if fate == "changed":
            path.write_bytes(b"ker4s")
        elif fate == "a link":
            (tmp_path / "elsewhere").write_bytes(b"keras")
            path.symlink_to(tmp_path / "elsewhere")
        refused = staff.get(f"/models/{candidate.pk}/files/letters.keras")
        page = " ".join(refused.content.decode().split())
        assert refused.status_code == 409
        assert "letters.keras was not sent" in page
        assert "Restore the artefact or train it again." in page
        assert f'href="/models/{candidate.pk}/files/letters.keras"' not in page
        assert f'href="/models/{candidate.pk}/files/letters.tflite"' in page
        assert f"<td> {'missing' if fate == 'missing' else 'changed'} </td>" in page

    def test_a_folder_that_holds_another_version_or_none_is_told_and_nothing_is_sent(
        self, staff: Client, candidate: ModelVersion, tmp_path: Path
    ) -> None:
        other = published(tmp_path / "other", name="other")
        ModelVersion.objects.filter(pk=candidate.pk).update(directory=other.directory)
        assert "holds another version by now" in words(staff, f"/models/{candidate.pk}/")
        assert staff.get(f"/models/{candidate.pk}/files/letters.tflite").status_code == 409
        ModelVersion.objects.filter(pk=candidate.pk).update(directory=str(tmp_path / "gone"))
        assert "is missing or unreadable" in words(staff, f"/models/{candidate.pk}/")

    @pytest.mark.parametrize("name", ["artifact.json", "nothing.tflite", "..%2f..%2fsettings.py", "%2e%2e"])
    def test_no_other_file_is_sent(self, staff: Client, candidate: ModelVersion, name: str) -> None:
        assert staff.get(f"/models/{candidate.pk}/files/{name}").status_code == 404

    def test_only_who_may_download_does(self, client: Client, candidate: ModelVersion, bob: User, alice: User) -> None:
        address = f"/models/{candidate.pk}/files/letters.tflite"
        assert client.get(address).status_code == 302
        for who in (alice, bob):
            client.force_login(who)
            assert client.get(address).status_code == 403
        assert address not in words(client, f"/models/{candidate.pk}/")
        assert "takes the permission" in words(client, f"/models/{candidate.pk}/")


class TestThePage:
    def test_lineage_leads_from_a_version_to_the_pictures_it_learnt_from(
        self, client: Client, shipped: ModelVersion, tmp_path: Path, make_prediction: MakePrediction,
        alice: User, charlie: User, bob: User,
    ) -> None:  # fmt: skip
        for owner, word, guess, number in ((alice, "A", "A", 40), (alice, "R", "U", 120), (charlie, "", "S", 200)):
            sample = offered(make_prediction, owner, word=word, guess=guess, number=number)
            sample.judge(by=bob, verdict=Opinion.Verdict.ACCEPT, label=word or guess)
        data = freeze_dataset(dataset=Dataset.objects.create(name="site"), by=bob)
        run = request_training(data=data, by=bob, config=RetrainingConfig())
        new = published(tmp_path, base=shipped)
        TrainingRun.objects.filter(pk=run.pk).update(state="succeeded", model_version=new)
        client.force_login(allow(bob, "train_models", "promote_models"))
        page = words(client, f"/models/{new.pk}/")
        assert "1 corrected by their owners, 1 confirmed" in page
        assert "1 named by reviewers alone" in page
        assert f'href="/training/{run.pk}/"' in page
        assert f'href="/models/{shipped.pk}/"' in page
        assert "came with the program." in page
        Consent.withdraw(person=charlie)
        page = words(client, f"/models/{new.pk}/")
        assert "1 that has left since" in page
        assert "<li>1 of the pictures in its training has left since.</li>" in page
        listed = words(client, f"/datasets/versions/{data.pk}/pictures/")
        assert "2 of its pictures were sent by people here and are still here" in listed
        assert "<td>R</td> <td>U</td> <td> R </td>" in listed
        assert f"person-{charlie.pk}" not in listed
        assert f'href="/models/{new.pk}/"' in words(client, f"/training/{run.pk}/")
        assert f'href="/models/{new.pk}/"' in words(client, "/bench/")

    def test_card_and_figures_are_shown_and_no_html_of_theirs(self, staff: Client, candidate: ModelVersion) -> None:
        metrics = {"calibration_error": 0.0181, "classes": {"A": 0.5}, "<b>x</b>": 1}
        ModelVersion.objects.filter(pk=candidate.pk).update(card="# The card\n\n<script>x</script>\n", metrics=metrics)
        page = words(staff, f"/models/{candidate.pk}/")
        assert "<summary>The card</summary>" in page
        assert "<dt>Calibration error</dt> <dd> 0.018 </dd>" in page
        assert "<script>x" not in page
        assert "<b>x" not in page

    def test_a_version_that_is_its_own_ancestor_ends_the_list(self, staff: Client, candidate: ModelVersion) -> None:
        ModelVersion.objects.filter(pk=candidate.pk).update(base=candidate)
        assert words(staff, f"/models/{candidate.pk}/").count("was trained elsewhere") == 1


class TestTheTrial:
    def test_it_is_begun_changed_and_ended_and_each_act_is_logged(self, staff: Client, candidate: ModelVersion) -> None:
        page = staff.post(f"/models/{candidate.pk}/trial/", {"share": 10}, follow=True).content.decode()
        assert "answers\n        10 % of the new pictures" in page
        candidate.refresh_from_db()
        begun = candidate.canary_since
        staff.post(f"/models/{candidate.pk}/trial/", {"share": 50})
        candidate.refresh_from_db()
        assert (candidate.canary_share, candidate.canary_since) == (50, begun)
        staff.post(f"/models/{candidate.pk}/trial/end/")
        candidate.refresh_from_db()
        assert (candidate.canary_share, candidate.state) == (0, "candidate")
        assert "Its trial, which has ended" in staff.get(f"/models/{candidate.pk}/").content.decode()
        said = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
        assert said == [
            "On trial: it answers 10 % of the new pictures.",
            "On trial: it answers 50 % of the new pictures.",
            "Its trial was ended.",
        ]
        page = staff.post(f"/models/{candidate.pk}/trial/end/", follow=True).content.decode()
        assert "is not on trial" in page
        assert LogEntry.objects.count() == 3

    @pytest.mark.parametrize("share", ["0", "51", "-1", "x", "", "9" * 30, "1.5"])
    def test_a_share_out_of_bounds_is_refused(self, staff: Client, candidate: ModelVersion, share: str) -> None:
        page = staff.post(f"/models/{candidate.pk}/trial/", {"share": share}, follow=True).content.decode()
        assert "The trial was not begun" in page
        assert not ModelVersion.objects.canary().exists()

    def test_what_cannot_be_on_trial_is_refused(
        self, staff: Client, candidate: ModelVersion, shipped: ModelVersion, tmp_path: Path
    ) -> None:
        def answer(version: ModelVersion) -> str:
            return staff.post(f"/models/{version.pk}/trial/", {"share": 10}, follow=True).content.decode()

        assert "is no candidate" in answer(shipped)
        broken = published(tmp_path, name="broken")
        (tmp_path / "broken/letters.tflite").write_bytes(b"other")
        assert "cannot be served" in answer(broken)
        answer(candidate)
        assert "candidate is on trial. End that first." in answer(published(tmp_path, name="second"))
        assert ModelVersion.objects.canary().get() == candidate

    def test_of_two_at_once_the_second_begins_nothing(self, candidate: ModelVersion, tmp_path: Path) -> None:
        assert candidate.start_canary(share=10)
        assert not published(tmp_path, name="second").start_canary(share=10)  # past every check but the last
        assert ModelVersion.objects.canary().get() == candidate

    def test_promoting_any_version_ends_it(
        self, candidate: ModelVersion, shipped: ModelVersion, admin: User, tmp_path: Path
    ) -> None:
        assert candidate.start_canary(share=10)
        promote_version(version=candidate, by=admin, instead_of=shipped.pk, reason="a trial")
        candidate.refresh_from_db()
        assert (candidate.state, candidate.canary_share) == ("active", 0)
        assert "That ended the trial of candidate." in LogEntry.objects.get().get_change_message()
        second = published(tmp_path, name="second")
        assert second.start_canary(share=10)
        assert ModelVersion.roll_back(version=candidate)
        second.refresh_from_db()
        assert second.canary_share == 0
        assert second.canary_until is not None

    def test_only_who_may_promote_does(self, client: Client, candidate: ModelVersion, bob: User) -> None:
        client.force_login(bob)
        for act in ("trial", "trial/end", "compare"):
            assert client.post(f"/models/{candidate.pk}/{act}/", {"share": 10}).status_code == 403
        assert "Put it on trial" not in words(client, f"/models/{candidate.pk}/")

    def test_both_are_shown_side_by_side(
        self, staff: Client, candidate: ModelVersion, shipped: ModelVersion, make_prediction: MakePrediction,
        alice: User,
    ) -> None:  # fmt: skip
        before = make_prediction(alice, model_version=shipped)
        assert candidate.start_canary(share=10)
        assert candidate.canary_since is not None
        assert before.created_at < candidate.canary_since
        for label, word, second in (("A", "A", "A"), ("B", "D", "D"), ("C", "", "C"), ("E", "", "S")):
            read = make_prediction(alice, label=label, model_version=candidate, is_unsure=label == "E")
            SecondReading.objects.create(prediction=read, model_version=shipped, label=second)
            if word:
                Correction.objects.create(prediction=read, label=word, by=alice)
        for _ in range(3):
            make_prediction(alice, model_version=shipped)
        make_prediction(alice, state="failed")
        deleted = make_prediction(alice, model_version=candidate)
        Prediction.objects.filter(pk=deleted.pk).mark_deleted()
        found = trial_of(candidate)
        assert found is not None
        assert (found.canary.answered, found.active.answered) == (4, 3)
        assert (found.canary.unsure_share, found.canary.correction_rate) == (0.25, 0.5)
        assert (found.active.unsure_share, found.active.correction_rate) == (0.0, None)
        assert (found.compared, found.agreement) == (4, 0.5)
        assert (found.judged, found.canary_right, found.active_right) == (2, 1, 2)
        page = words(staff, "/models/")
        assert "Pictures answered</th> <td>4</td> <td>3</td>" in page
        assert "(1 of 2)" in page
        assert "<strong>50 %</strong> alike" in page
        shown = words(staff, f"/models/{candidate.pk}/")
        assert "Pictures answered</th> <td>4</td> <td>3</td>" in shown
