"""Imports: what is taken, what is not and why, nothing twice, and nothing half-written whatever happens."""

import errno
import io
import os
from pathlib import Path

import pytest

from worker.ml.config import OWN_PICTURES
from worker.ml.import_summary import summary
from worker.ml.importing import DataError, Imported, import_pictures, scan_folder
from worker.ml.journal import Content, Journal
from worker.ml.manifest import Manifest, ManifestError
from worker.ml.sources import SourceError
from worker.ml.store import Store
from worker.ml.tests.folders import brighter, of_a_telephone, picture, write, zipped


@pytest.fixture
def datasets(tmp_path: Path) -> Path:
    return tmp_path / "datasets"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two signers; a near-duplicate, another under two letters, one file that is no picture."""
    return write(
        tmp_path / "photos",
        {
            "ann/A/1.jpg": picture(1),
            "ann/A/2.jpg": brighter(picture(1)),
            "ann/delete/1.jpg": picture(2, kind="PNG"),
            "bob/a/1.jpg": picture(3),
            "bob/B/1.jpg": brighter(picture(3)),
            "bob/B/2.jpg": b"no picture",
        },
    )


def files_in(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def imported(path: Path, datasets: Path, name: str = "set") -> Imported:
    return import_pictures(path, datasets, name, io.StringIO())


def test_a_folder_becomes_a_manifest_and_files(photos: Path, datasets: Path) -> None:
    done = imported(photos, datasets)
    manifest = Manifest.load(datasets / "set")
    assert manifest == done.manifest
    assert [(one.source, one.label, one.signer) for one in manifest.entries] == [
        ("ann/A/1.jpg", "A", "ann"),
        ("ann/A/2.jpg", "A", "ann"),
        ("ann/delete/1.jpg", "del", "ann"),
        ("bob/B/1.jpg", "B", "bob"),
        ("bob/a/1.jpg", "A", "bob"),
    ]
    assert {(one.width, one.height) for one in manifest.entries} == {(48, 40)}
    assert [one.group for one in manifest.entries] == [0, 0, 1, 2, 2]
    assert manifest.unreadable == (
        ("bob/B/2.jpg", "This is not a picture. Send a JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC file."),
    )
    for entry in manifest.entries:
        assert manifest.file_of(entry).read_bytes() == (photos / entry.source).read_bytes()
    assert done.stored == len(list((datasets / "files").rglob("*/*"))) == 5


def test_the_same_bytes_that_come_at_once_are_stored_once(tmp_path: Path, datasets: Path) -> None:
    photos = write(tmp_path / "many", {f"A/{number:03}.jpg": picture(1) for number in range(200)})
    done = imported(photos, datasets)
    assert (done.added, done.stored) == (1, 1)
    assert len(list((datasets / "files").rglob("*/*"))) == 1


def test_copies_are_taken_once_and_what_is_in_two_classes_in_neither(tmp_path: Path, datasets: Path) -> None:
    files = {"A/1.jpg": picture(1), "A/2.jpg": picture(1), "A/3.jpg": picture(3), "B/2.jpg": picture(2)}
    done = imported(write(tmp_path / "photos", files | {"B/3.jpg": picture(3)}), datasets)
    assert [entry.source for entry in done.manifest.entries] == ["A/1.jpg", "B/2.jpg"]
    assert done.stored == len(list((datasets / "files").rglob("*/*"))) == 2
    said = summary("set", done)
    assert "1 passed over: it is a copy of another picture of its class and signer (A/2.jpg)" in said
    assert "1 passed over: the same file is in several classes" in said
    assert "(A/3.jpg = B/3.jpg)" in said
    done = imported(write(tmp_path / "right", {"ann/A/4.jpg": picture(4), "ann/B/3.jpg": picture(3)}), datasets)
    assert [entry.source for entry in done.manifest.entries[2:]] == ["ann/A/4.jpg", "ann/B/3.jpg"]
    done = imported(write(tmp_path / "wrong", {"A/3.jpg": picture(3), "A/1.jpg": picture(1)}), datasets)
    assert (done.added, [path for path, _ in done.skipped]) == (0, ["ann/B/3.jpg = A/3.jpg"])


def test_a_signer_who_becomes_known_is_noted_and_one_who_is_known_is_not_forgotten(
    tmp_path: Path, datasets: Path
) -> None:
    first = imported(write(tmp_path / "photos", {"unknown/A/1.jpg": picture(1), "B/2.jpg": picture(2)}), datasets)
    assert first.manifest.signers == ()
    assert "2 are of unknown signers: they can be learnt from, and nothing is judged on them" in summary("set", first)
    done = imported(write(tmp_path / "named", {"ann/A/1.jpg": picture(1), "A/9.jpg": picture(1)}), datasets)
    assert [(one.source, one.signer) for one in done.manifest.entries] == [
        ("B/2.jpg", None),
        ("unknown/A/1.jpg", "ann"),
    ]
    assert [path for path, _ in done.skipped] == ["A/9.jpg"]
    assert "Of 1 that were there before the signer is known now." in summary("set", done)
    again = imported(write(tmp_path / "unnamed", {"A/1.jpg": picture(1)}), datasets)
    assert (again.added, again.signed, again.manifest) == (0, 0, done.manifest)


def test_an_import_of_nothing_but_one_file_in_two_classes_says_so(tmp_path: Path, datasets: Path) -> None:
    photos = write(tmp_path / "photos", {"A/1.jpg": picture(1), "B/1.jpg": picture(1)})
    with pytest.raises(DataError, match=r"A/1\.jpg = B/1\.jpg: the same file is in several classes"):
        imported(photos, datasets)
    assert files_in(datasets) == {}


def test_what_is_in_two_classes_here_may_be_in_one_of_another_set(tmp_path: Path, datasets: Path) -> None:
    imported(write(tmp_path / "right", {"A/1.jpg": picture(1), "B/2.jpg": picture(2)}), datasets, "right")
    both = write(tmp_path / "both", {"A/1.jpg": picture(1), "B/1.jpg": picture(1), "C/3.jpg": picture(3)})
    imported(both, datasets, "both")
    kept = Manifest.load(datasets / "right")
    assert all(kept.file_of(entry).exists() for entry in kept.entries)
    (datasets / "files" / kept.entries[0].path).unlink()
    assert imported(both, datasets, "right").stored == 1  # it has it in one of both: put there again


def test_a_second_import_adds_nothing_from_wherever_it_comes(photos: Path, datasets: Path, tmp_path: Path) -> None:
    imported(photos, datasets)
    before = files_in(datasets)
    archive = zipped(tmp_path / "a.zip", {f"wrapped/{path}": data for path, data in files_in(photos).items()})
    for again in (imported(photos, datasets), imported(archive, datasets)):
        assert (again.added, again.stored) == (0, 0)
    kept = Manifest.load(datasets / "set")
    assert set(files_in(datasets)) == set(before)
    assert len(kept.entries) == 5


def test_what_is_new_is_added_and_grouped_with_what_was_there(photos: Path, datasets: Path) -> None:
    imported(photos, datasets)
    write(photos, {"bob/C/1.jpg": picture(9), "bob/A/7.jpg": brighter(picture(1), 2), "bob/B/2.jpg": picture(10)})
    done = imported(photos, datasets)
    groups = {one.source: one.group for one in done.manifest.entries}
    assert done.added == 3
    assert groups["bob/A/7.jpg"] == groups["ann/A/1.jpg"]
    assert done.manifest.unreadable == ()  # it was repaired


def test_two_sets_share_their_files(photos: Path, datasets: Path) -> None:
    imported(photos, datasets)
    assert imported(photos, datasets, "other").stored == 0
    assert len(Manifest.load(datasets / "other").entries) == 5


def test_a_folder_is_scanned_where_it_lies(photos: Path, datasets: Path) -> None:
    before = files_in(photos)
    manifest = scan_folder(photos, io.StringIO())
    assert manifest.fingerprint == imported(photos, datasets).manifest.fingerprint
    assert manifest.file_of(manifest.entries[0]) == photos / "ann/A/1.jpg"
    assert files_in(photos) == before


class Interrupted(Exception):
    pass


@pytest.fixture
def stops_after(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """After so many files (the first of the list; for ever if it is empty) writing one is interrupted."""
    left: list[int] = []
    put = Store.put

    def maybe(store: Store, path: str, data: bytes) -> bool:
        if left:
            left[0] -= 1
            if left[0] < 0:
                raise Interrupted
        return put(store, path, data)

    monkeypatch.setattr(Store, "put", maybe)
    monkeypatch.setattr("worker.ml.importing._AT_ONCE", 2)
    return left


def test_an_interrupted_import_leaves_no_set_and_goes_on(photos: Path, datasets: Path, stops_after: list[int]) -> None:
    stops_after.append(3)
    with pytest.raises(Interrupted):
        imported(photos, datasets)
    with pytest.raises(ManifestError):
        Manifest.load(datasets / "set")
    stops_after.clear()
    done = imported(photos, datasets)
    assert done.resumed == 2
    assert len(done.manifest.entries) == 5
    assert [path.name for path in (datasets / "set").iterdir()] == ["manifest.jsonl"]


def test_whoever_is_killed_while_a_journal_is_written_again_has_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, content = tmp_path / "import.journal", Content("1", 2, 3, 4, "5")
    with Journal(path, tmp_path) as journal:
        journal.add([("a.jpg", "stamp", content)])

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            Journal(path, tmp_path).__enter__()
    with Journal(path, tmp_path) as journal:
        assert journal.get("a.jpg", "stamp") == content
    assert [one.name for one in tmp_path.iterdir()] == ["import.journal"]


def test_a_journal_that_was_cut_off_and_a_file_that_is_not_whole_are_read_again(
    photos: Path, datasets: Path, stops_after: list[int]
) -> None:
    stops_after.append(4)
    with pytest.raises(Interrupted):
        imported(photos, datasets)
    stops_after.clear()
    journal = datasets / "set" / "import.journal"
    journal.write_bytes(journal.read_bytes()[:-9])
    stored = sorted(path for path in (datasets / "files").rglob("*/*"))
    for path in stored:
        path.write_bytes(b"")
    done = imported(photos, datasets)
    assert done.resumed == 0
    assert all(done.manifest.file_of(one).stat().st_size == one.bytes for one in done.manifest.entries)


def test_pictures_that_changed_since_the_interrupt_are_read_again(
    photos: Path, datasets: Path, stops_after: list[int]
) -> None:
    stops_after.append(3)
    with pytest.raises(Interrupted):
        imported(photos, datasets)
    stops_after.clear()
    (photos / "ann/A/1.jpg").write_bytes(picture(20, (60, 60)))
    assert imported(photos, datasets).manifest.entries[0].width == 60


def test_a_full_disk_is_told_in_a_sentence_and_leaves_no_half_file(
    photos: Path, datasets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bytes = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        write_bytes(path, data[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(DataError, match=r"datasets: There is no room for more pictures .*same command again"):
            imported(photos, datasets)
    assert not any(path.is_file() for path in (datasets / "files").rglob("*"))
    assert imported(photos, datasets).added == 5


def test_two_imports_into_one_set_do_not_mix(photos: Path, datasets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(store: Store, path: str, data: bytes) -> bool:
        imported(photos, datasets)
        return True

    monkeypatch.setattr(Store, "put", meanwhile)
    with pytest.raises(DataError, match="Another import into 'set' is running"):
        imported(photos, datasets)


@pytest.mark.parametrize("name", ["", "files", "../x", "A", "a b", "_a", "a" * 61])
def test_names_that_cannot_be_are_refused(name: str, photos: Path, datasets: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be a set's name\. Small letters.*by --name"):
        imported(photos, datasets, name)
    assert not datasets.exists()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "photos: There are no pictures of known classes in it. Expected <CLASS>"),
        ({"1.jpg": picture()}, "no pictures of known classes in it.*'1.jpg', for one: it lies in no folder"),
        ({"seven/1.jpg": picture()}, "'seven' is not named after a class"),
        ({"A/read.me": b"x"}, "no pictures of known classes"),
        ({"A/1.jpg": b""}, "Not one of 1 pictures can be read. Of the first: The file is empty"),
    ],
)
def test_a_folder_without_pictures_is_told_what_was_expected(
    files: dict[str, bytes], said: str, tmp_path: Path, datasets: Path
) -> None:
    (tmp_path / "photos").mkdir()
    write(tmp_path / "photos", files)
    with pytest.raises((DataError, SourceError), match=said):
        imported(tmp_path / "photos", datasets)
    assert not (datasets / "set").exists()
    with pytest.raises((DataError, SourceError), match=said):
        scan_folder(tmp_path / "photos", io.StringIO())


def test_the_summary_tells_what_is_in_it_and_what_is_not(photos: Path, datasets: Path) -> None:
    write(photos, {"bob/5/1.jpg": picture(), "notes.txt": b"x"})
    said = summary("set", imported(photos, datasets))
    assert "set: 5 pictures added, 5 new files." in said
    assert "5 pictures of 3 classes, 1 to 3 each, by 2 signers." in said
    assert "4 of them have near-duplicates, in 2 groups." in said
    assert "Without any picture: C, D," in said
    assert "1 cannot be read: This is not a picture." in said
    assert "1 passed over: its folder '5' is not named after a class (bob/5/1.jpg)" in said


def test_one_class_alone_is_said_to_teach_nothing(tmp_path: Path, datasets: Path) -> None:
    write(tmp_path / "photos", {"A/1.jpg": picture()})
    assert "from one class alone, A." in summary("set", imported(tmp_path / "photos", datasets))


def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere(photos: Path, datasets: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    plain, terminal = io.StringIO(), Terminal()
    import_pictures(photos, datasets, "plain", plain)
    import_pictures(photos, datasets, "terminal", terminal)
    assert plain.getvalue() == "6 of 6 pictures\nLooking for near-duplicates ...\n"
    assert f"\r[{'#' * 30}] 6 of 6 pictures" in terminal.getvalue()


def test_an_empty_class_and_what_is_no_picture_are_told_of_where_they_are(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "photos", {"A/1.jpg": picture(1), "B/notes.txt": b"x", **{f"{n}/1.jpg": b"" for n in range(7)}}
    )
    (folder / "C").mkdir()
    out = io.StringIO()
    scan_folder(folder, out)
    assert f"Passed over {folder / 'B/notes.txt'}: it is no picture by its name." in out.getvalue()
    assert f"Passed over {folder / 'C'}: the folder is empty." in out.getvalue()
    assert "Passed over 4 more." in out.getvalue()


def test_ones_own_pictures_may_be_larger_than_what_is_sent_to_the_site(tmp_path: Path, datasets: Path) -> None:
    files = {"A/1.jpg": picture(1), "A/telephone.jpg": of_a_telephone()}
    folder = write(tmp_path / "own", files)
    (refused,) = imported(zipped(tmp_path / "sent.zip", {"B/1.jpg": picture(2), **files}), datasets).manifest.unreadable
    assert refused[0] == "A/telephone.jpg"
    taken = import_pictures(folder, datasets, "own", io.StringIO(), limits=OWN_PICTURES).manifest
    for manifest in (taken, scan_folder(folder, io.StringIO())):
        assert manifest.unreadable == ()
        assert [one.source for one in manifest.entries] == list(files)
