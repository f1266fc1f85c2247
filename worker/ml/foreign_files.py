"""Files that people send as pictures and that are none, or none that is read: what they are, and what to send instead.

Told by their first bytes, as what a file is called may be anything. Standard library only.
"""

from dataclasses import dataclass
from typing import Final

AVIF: Final = "an AVIF picture"
HEIC: Final = "a HEIC picture"

_A_STILL: Final = "Letters are read from pictures: pause it, take a screenshot, and send that."
_AS_JPEG: Final = "Open it where it is shown, save it as a JPEG or PNG, and send that."
_AS_PICTURE: Final = "Take a screenshot of the picture in it, or save that as a JPEG or PNG, and send it."

_BEGINNINGS: Final[tuple[tuple[int, bytes, str, str], ...]] = (
    (0, b"%PDF", "a PDF", _AS_PICTURE),
    (0, b"\x00\x00\x01\xba", "an MPEG video", _A_STILL),
    (0, b"\x00\x00\x01\xb3", "an MPEG video", _A_STILL),
    (0, b"FLV\x01", "a Flash video", _A_STILL),
    (0, b"0&\xb2u\x8ef\xcf\x11", "a WMV video", _A_STILL),
    (0, b"OggS", "an Ogg video or sound", _A_STILL),
    (8, b"AVI ", "an AVI video", _A_STILL),
    (4, b"moov", "a MOV video", _A_STILL),
    (4, b"mdat", "a MOV video", _A_STILL),
    (4, b"wide", "a MOV video", _A_STILL),
    (4, b"ftypqt  ", "a MOV video", _A_STILL),
    (4, b"ftypM4A", "a sound recording", "Send a picture of a hand."),
    (4, b"ftypcrx", "a camera's raw picture", _AS_JPEG),
    (4, b"ftypavi", AVIF, _AS_JPEG),
    (4, b"ftyphei", HEIC, _AS_JPEG),
    (4, b"ftyphev", HEIC, _AS_JPEG),
    (4, b"ftypmif", HEIC, _AS_JPEG),
    (4, b"ftyp3g", "a 3GP video", _A_STILL),
    (4, b"ftyp", "an MP4 video", _A_STILL),
    (0, b"\xff\x0a", "a JPEG XL picture", _AS_JPEG),
    (4, b"JXL ", "a JPEG XL picture", _AS_JPEG),
    (4, b"jP  ", "a JPEG 2000 picture", _AS_JPEG),
    (0, b"8BPS", "a Photoshop file", _AS_JPEG),
    (0, b"PK\x03\x04", "a zip file, or a document in one", "Unpack it, and send the pictures in it."),
)
"""Where the bytes stand, what they are, what a file that has them is, and what to do; the first that fits counts."""

_MATROSKA: Final = b"\x1aE\xdf\xa3"
_TEXTS: Final = (
    (b"<svg", "an SVG drawing", _AS_JPEG),
    (b"<!doctype html", "a web page", "Save the picture in it, and send that."),
    (b"<html", "a web page", "Save the picture in it, and send that."),
)
_LOOKED_AT_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """``kind`` with its article, and ``advice`` as a sentence."""

    kind: str
    advice: str


def foreign_file(data: bytes) -> ForeignFile | None:
    """What the file seems to be; None if nobody can tell."""
    head = data[:_LOOKED_AT_BYTES].lstrip()
    if head.startswith(_MATROSKA):
        return ForeignFile("a WebM video" if b"webm" in head else "an MKV video", _A_STILL)
    for place, mark, kind, advice in _BEGINNINGS:
        if head.startswith(mark, place):
            return ForeignFile(kind, advice)
    text = head.lower()
    return next((ForeignFile(kind, advice) for mark, kind, advice in _TEXTS if mark in text), None)
