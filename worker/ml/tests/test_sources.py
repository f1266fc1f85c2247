"""Folders and zip files that cannot be trusted: nothing outside is read, and nothing unpacks without end."""

import os
import stat
import zipfile
from pathlib import Path

import pytest

from worker.ml.config import ImageLimits
from worker.ml.sources import ArchiveLimits, Listing, SourceError, UnreadableFile, open_source
from worker.ml.tests.folders import picture, write, zipped


def listing_of(path: Path, limits: ArchiveLimits = ArchiveLimits()) -> Listing:  # noqa: B008 - frozen
    with open_source(path, limits) as source:
        return source.list()


def test_folder_and_zip_file_list_the_same_pictures_and_pass_over_what_is_none(tmp_path: Path) -> None:
    files = {
        "A/2.jpg": b"2", "A/1.JPEG": b"1", "A/.DS_Store": b"x", "__MACOSX/A/._1.jpg": b"x", "A/Thumbs.db": b"x",
        "read.me": b"x", "A/run.sh": b"x", "more.zip": b"x",
    }  # fmt: skip
    folder, archive = write(tmp_path / "folder", files), zipped(tmp_path / "a.zip", files)
    for path in (folder, archive):
        listing = listing_of(path)
        assert [one.path for one in listing.found] == ["A/1.JPEG", "A/2.jpg"]
        assert {reason for _, reason in listing.skipped} == {
            "it is left by a system or hidden",
            "it is no picture by its name",
        }
        with open_source(path) as source:
            assert source.read(listing.found[0]) == b"1"


def test_links_and_pipes_are_never_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(picture())
    folder = write(tmp_path / "folder", {"A/1.jpg": b"1", "B/1.jpg": b"1"})
    (folder / "A/2.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "C").symlink_to(tmp_path)
    os.mkfifo(folder / "A/3.jpg")
    listing = listing_of(folder)
    assert [one.path for one in listing.found] == ["A/1.jpg", "B/1.jpg"]
    assert dict(listing.skipped) == {
        "A/2.jpg": "it is a link",
        "C": "it is a link",
        "A/3.jpg": "it is a pipe or a device",
    }
    with open_source(folder) as source:
        (folder / "B/1.jpg").unlink()
        (folder / "B/1.jpg").symlink_to(tmp_path / "secret.jpg")  # after it was listed
        with pytest.raises(UnreadableFile):
            source.read(listing.found[1])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("/etc/A/1.jpg", "absolute path"),
        ("C:/A/1.jpg", "absolute path"),
        ("A\\..\\1.jpg", "absolute path"),
        ("../A/1.jpg", "leads out of the folder"),
        ("A/../../1.jpg", "leads out of the folder"),
    ],
)
def test_a_zip_file_whose_names_lead_elsewhere_is_refused_as_a_whole(name: str, said: str, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"A/1.jpg": b"1", name: b"2"})
    with pytest.raises(SourceError, match=said) as raised:
        listing_of(archive)
    assert str(archive) in str(raised.value)


def test_a_zip_file_with_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("A/1.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(SourceError, match="is a link"):
        listing_of(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (ArchiveLimits(), "times its size"),
        (ArchiveLimits(max_ratio=1e6, max_bytes=2_000_000), r"unpack to more than 0\.002 GB\. Import it in parts\."),
        (ArchiveLimits(max_ratio=1e6, max_files=2), "has more than 2 files"),
    ],
)
def test_zip_bombs_are_refused_before_anything_is_unpacked(limits: ArchiveLimits, said: str, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"A/1.jpg": b"1", "A/2.jpg": bytes(3_000_000), "A/3.jpg": b"3"})
    with pytest.raises(SourceError, match=said):
        listing_of(archive, limits)


def test_a_file_that_unpacks_to_more_than_a_picture_may_have_is_not_unpacked(tmp_path: Path) -> None:
    folder = write(tmp_path / "folder", {"A/1.jpg": bytes(2000)})
    archive = zipped(tmp_path / "a.zip", {"A/1.jpg": bytes(2000)})
    for path in (folder, archive):
        with open_source(path, pictures=ImageLimits(max_bytes=1000)) as source:
            (found,) = source.list().found
            with pytest.raises(UnreadableFile, match=r"at most 0\.001 MB"):
                source.read(found)


def test_a_zip_file_that_is_damaged_names_the_file_inside_or_itself(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", {"A/1.jpg": picture()})
    content = bytearray(archive.read_bytes())
    content[60:80] = bytes(20)
    archive.write_bytes(content)
    with open_source(archive) as source, pytest.raises(UnreadableFile, match=r"inside the zip file|cannot be unpacked"):
        source.read(source.list().found[0])
    for cut in (content.replace(b"PK\x01\x02", b"PK\x01\x03"), content[:-40]):
        archive.write_bytes(cut)
        with pytest.raises(SourceError, match=r"a\.zip: The zip file is damaged or was cut off.*Download it again\."):
            listing_of(archive)


@pytest.mark.parametrize("name", ["nowhere", "text.zip"])
def test_what_is_neither_folder_nor_zip_file_is_refused_by_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("not one")
    with pytest.raises(SourceError, match=name):
        listing_of(tmp_path / name)


@pytest.mark.parametrize("comment", [b"", b"a comment, which makes the end harder to find"])
@pytest.mark.parametrize("files", [3, 70_000])  # from 65,536 on, the end of the directory has another form
def test_files_are_counted_before_the_directory_is_read(
    files: int, comment: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = comment
        for number in range(files):
            archive.writestr(f"A/{number}.jpg", b"")
    assert len(listing_of(path, ArchiveLimits(max_files=files)).found) == files
    monkeypatch.setattr(zipfile, "ZipFile", lambda _: pytest.fail("the directory was read"))
    with pytest.raises(SourceError, match="has more than"):
        listing_of(path, ArchiveLimits(max_files=files - 1))


def test_what_an_archive_says_of_the_number_of_its_files_is_not_believed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {f"A/{number}.jpg": b"1" for number in range(5)})
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    path.write_bytes(data[: end + 8] + b"\x01\x00\x01\x00" + data[end + 12 :])
    assert zipfile.is_zipfile(path)
    with pytest.raises(SourceError, match="has more than 4 files"):
        listing_of(path, ArchiveLimits(max_files=4))
