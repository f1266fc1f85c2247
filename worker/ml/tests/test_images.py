"""The decoder: whatever a camera, a phone or a joker sends."""

import io
import random
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from worker.ml.config import OWN_PICTURES, ImageLimits
from worker.ml.images import ImageError, decode, encode_jpeg

RED, BLUE = (200, 30, 30), (30, 30, 200)


def half_and_half(width: int = 64, height: int = 48) -> Image.Image:
    """Red on the left, blue on the right: shows which way up a picture is."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def near(actual: object, expected: tuple[int, ...]) -> bool:
    assert isinstance(actual, tuple)
    return all(abs(a - b) < 30 for a, b in zip(actual, expected, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM"])
def test_common_formats_keep_size_and_colour(kind: str) -> None:
    image = decode(encoded(half_and_half(), kind))
    assert image.mode == "RGB"
    assert image.size == (64, 48)
    assert near(image.getpixel((8, 24)), RED)
    assert near(image.getpixel((56, 24)), BLUE)


@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [
        (1, (64, 48), (8, 8)),
        (2, (64, 48), (56, 8)),
        (3, (64, 48), (56, 40)),
        (4, (64, 48), (8, 40)),
        (5, (48, 64), (8, 8)),
        (6, (48, 64), (40, 8)),
        (7, (48, 64), (40, 56)),
        (8, (48, 64), (8, 56)),
    ],
)
def test_exif_orientation_is_undone(orientation: int, size: tuple[int, int], red_at: tuple[int, int]) -> None:
    corner = Image.new("RGB", (64, 48), BLUE)
    corner.paste(RED, (0, 0, 32, 24))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = decode(encoded(corner, "JPEG", exif=exif, quality=95))
    assert image.size == size
    assert near(image.getpixel(red_at), RED)


ASCII, SHORT, RATIONAL = 2, 3, 5
TURNED = (0x0112, SHORT, 1, struct.pack("<HH", 6, 0))


def exif_of(*entries: tuple[int, int, int, bytes]) -> bytes:
    """EXIF of entries (tag, type, count, four bytes), right or wrong."""
    body = b"".join(struct.pack("<HHI", tag, kind, count) + value for tag, kind, count, value in entries)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(entries)) + body + bytes(4)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("exif", "size"),
    [
        (exif_of(TURNED, (0x011A, ASCII, 4, b"72\0\0")), (48, 64)),
        (exif_of(TURNED, (0x011A, SHORT, 1, bytes(4)), (0x8769, ASCII, 2, b"no\0\0")), (48, 64)),
        (exif_of(TURNED, (0x8825, RATIONAL, 9, b"\xff" * 4)), (48, 64)),
        (exif_of((0x0112, SHORT, 1, struct.pack("<HH", 9, 0))), (64, 48)),
        (exif_of((0x0112, ASCII, 2, b"6\0\0\0")), (64, 48)),
        (b"Exif\0\0no TIFF", (64, 48)),
        (b"Exif\0\0II*\0\xff\xff\xff\x7f", (64, 48)),
    ],
)
def test_odd_exif_spoils_no_picture(kind: str, exif: bytes, size: tuple[int, int]) -> None:
    assert decode(encoded(half_and_half(), kind, exif=exif)).size == size


def test_cmyk_becomes_rgb() -> None:
    image = decode(encoded(half_and_half().convert("CMYK"), "JPEG"))
    assert near(image.getpixel((8, 24)), RED)


def test_palette_with_transparency_lies_on_white() -> None:
    picture = Image.new("P", (32, 32), 0)
    picture.putpalette([255, 0, 0, 0, 255, 0])
    image = decode(encoded(picture, "PNG", transparency=0))
    assert image.getpixel((5, 5)) == (255, 255, 255)


def test_alpha_lies_on_white() -> None:
    image = decode(encoded(Image.new("RGBA", (32, 32), (0, 0, 0, 0)), "PNG"))
    assert image.getpixel((5, 5)) == (255, 255, 255)


def test_sixteen_bit_grey_keeps_its_brightness() -> None:
    image = decode(encoded(Image.new("I;16", (32, 32), 32768), "PNG"))
    assert near(image.getpixel((5, 5)), (128, 128, 128))


def test_sixteen_bit_dark_picture_stays_dark() -> None:
    picture = Image.new("I;16", (32, 32), 2570)  # 10 of 255
    picture.putpixel((0, 0), 5140)
    assert near(decode(encoded(picture, "PNG")).getpixel((5, 5)), (10, 10, 10))


@pytest.mark.parametrize(("mode", "value"), [("I;16", 32768), ("I", 32768), ("F", 0.5)])
def test_deep_pictures_of_any_size_are_scaled_down(mode: str, value: float) -> None:
    image = decode(encoded(Image.new(mode, (4000, 3000), value), "TIFF", compression="tiff_adobe_deflate"))
    assert image.size == (1600, 1200)
    assert near(image.getpixel((800, 600)), (128, 128, 128))


def chequered(mode: str) -> Image.Image:
    """Black and white pixels in turn, which any two of three make grey."""
    rows = [(b"\0\xff" * 1600, b"\xff\0" * 1600)[number % 2] for number in range(2400)]
    if not mode.startswith("I;16"):
        return Image.frombytes("L", (3200, 2400), b"".join(rows)).convert(mode)
    return Image.frombytes(
        mode, (3200, 2400), b"".join(bytes(two for one in row for two in (one, one)) for row in rows)
    )


@pytest.mark.parametrize(
    ("mode", "kind"), [("1", "PNG"), ("P", "PNG"), ("L", "PNG"), ("I;16", "PNG"), ("I;16B", "TIFF"), ("F", "TIFF")]
)
def test_no_pixel_is_skipped_when_a_picture_is_scaled_down(mode: str, kind: str) -> None:
    options = {"compression": "tiff_adobe_deflate"} if kind == "TIFF" else {}
    image = decode(encoded(chequered(mode), kind, **options))
    assert image.size == (1600, 1200)
    assert near(image.getpixel((801, 602)), (128, 128, 128))


def test_big_endian_grey_keeps_its_brightness() -> None:
    data = b"P5 32 32 65535\n" + struct.pack(">H", 2570) * (32 * 32)
    assert near(decode(data).getpixel((5, 5)), (10, 10, 10))
    assert near(decode(encoded(Image.new("I;16B", (32, 32), 2570), "TIFF")).getpixel((5, 5)), (10, 10, 10))


def test_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in (RED, BLUE)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert near(decode(data).getpixel((5, 5)), RED)


def test_heic_is_read() -> None:
    heif = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed")
    buffer = io.BytesIO()
    heif.from_pillow(half_and_half()).save(buffer, quality=90)
    assert near(decode(buffer.getvalue()).getpixel((8, 24)), RED)


def test_large_picture_is_scaled_down() -> None:
    assert decode(encoded(half_and_half(4000, 3000), "JPEG")).size == (1600, 1200)


def test_jpeg_of_what_was_decoded_carries_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker of cameras"
    again = Image.open(io.BytesIO(encode_jpeg(decode(encoded(half_and_half(), "JPEG", exif=exif)))))
    assert not again.getexif()
    assert b"Maker" not in encode_jpeg(decode(encoded(half_and_half(), "JPEG", exif=exif)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF"])
def test_comments_inside_a_picture_go_too(kind: str) -> None:
    note = PngInfo()
    note.add_text("comment", "home: 12 Elm Street")
    options = {"pnginfo": note} if kind == "PNG" else {"comment": "home: 12 Elm Street", "exif": Image.Exif()}
    data = encoded(half_and_half(), kind, **options)
    assert b"Elm Street" not in encode_jpeg(decode(data))


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body)) + b"\0\0\0\0IDAT"


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "empty", "empty"),
        (b"hello, hand", "not_an_image", "not a picture"),
        (b"%PDF-1.7 something", "unsupported_format", "a PDF"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "unsupported_format", "an SVG"),
        (b"\0\0\0\x18ftypmp42" + bytes(64), "unsupported_format", "an MP4 video"),
        (encoded(half_and_half(400, 400), "JPEG")[:1500], "truncated", "cut off"),
        (encoded(Image.effect_noise((200, 200), 90), "PNG")[:9000], "truncated", "cut off"),
        (encoded(Image.new("RGB", (1, 1)), "PNG"), "too_small", "1 by 1"),
        (encoded(Image.new("RGB", (20_000, 20)), "PNG"), "too_narrow", "20000 by 20 pixels, which is a strip"),
        (b"\0\0\0\x18ftypheic" + bytes(64), "truncated", "cut off"),
        (b"\0\0\0\x18ftypavif" + bytes(64), "truncated", "cut off"),
        (encoded(half_and_half(), "AVIF").partition(b"mdat")[0] + b"mdat" + bytes(900), "truncated", "cut off"),
        (b"P3 32 32 255\n" + b"9 " * 3072, "unsupported_format", "a PPM picture written as text"),
        (png_header(30_000, 30_000), "too_many_pixels", "too many pixels"),
        (png_header(9_000, 9_000), "too_many_pixels", "9000 by 9000"),
    ],
)
def test_bad_bytes_get_a_code_and_a_sentence(data: bytes, code: str, words: str) -> None:
    with pytest.raises(ImageError, match=words) as caught:
        decode(data)
    assert caught.value.code == code


VIDEO, SAVED = "take a screenshot, and send that", "save it as a JPEG or PNG"


@pytest.mark.parametrize(
    ("data", "kind", "advice"),
    [
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webmB\x87", "a WebM video", VIDEO),
        (b"\x1aE\xdf\xa3\xa3B\x86\x81\x01B\x82\x88matroskaB", "an MKV video", VIDEO),
        (b"\0\0\0\x20ftypisom", "an MP4 video", VIDEO),
        (b"\0\0\0\x14ftypqt  ", "a MOV video", VIDEO),
        (b"\0\0\0\x08wide\0\0\x10\0mdat", "a MOV video", VIDEO),
        (b"RIFF\0\0\1\0AVI LIST", "an AVI video", VIDEO),
        (b"\0\0\1\xba\x44\0", "an MPEG video", VIDEO),
        (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9", "a WMV video", VIDEO),
        (b"%PDF-1.7", "a PDF", "a screenshot of the picture in it"),
        (b"<?xml version='1.0'?>\n<SVG ", "an SVG drawing", SAVED),
        (b"<!DOCTYPE html><title>A hand</title>", "a web page", "Save the picture in it"),
        (b"\xff\x0a\xfa\x1f", "a JPEG XL picture", SAVED),
        (b"8BPS\0\1", "a Photoshop file", SAVED),
        (b"PK\x03\x04\x14\0", "a zip file", "Unpack it"),
    ],
)
def test_files_that_are_no_pictures_are_named_and_it_is_said_what_to_send(data: bytes, kind: str, advice: str) -> None:
    with pytest.raises(ImageError) as caught:
        decode(data + bytes(64))
    assert caught.value.code == "unsupported_format"
    assert str(caught.value).startswith(f"This is {kind}")
    assert advice in str(caught.value)


def test_where_heic_is_not_read_it_is_said_what_to_send(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.ml.images.HEIC_IS_READ", False)
    with pytest.raises(ImageError, match=r"^This is a HEIC picture, which cannot be read here\. .*save it as a JPEG"):
        decode(b"\0\0\0\x18ftypheic" + bytes(64))


@pytest.mark.parametrize("kind", ["AVIF", "WEBP", "HEIF"])
@pytest.mark.parametrize("put", [b"XXXX", b"\0\0\0\0", b"II*\0\xff\xff\xff\x7f"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_exif_that_is_broken_is_as_none(kind: str, put: bytes) -> None:
    if kind == "HEIF":
        pytest.importorskip("pillow_heif", reason="pillow-heif is not installed").register_heif_opener()
    exif = Image.Exif()
    exif[0x010F] = "Maker of cameras"
    data = encoded(half_and_half(), kind, exif=exif)
    place = data.find(exif.tobytes()[6:14])
    assert place > 0
    image = decode(data[:place] + put + data[place + len(put) :])
    assert image.size == (64, 48)
    assert near(image.getpixel((8, 24)), RED)


def test_only_a_jpeg_may_have_more_pixels_than_can_be_decoded_at_once() -> None:
    with pytest.raises(ImageError, match=r"at most 60 million are taken unless it is a JPEG\. Send it as a JPEG"):
        decode(png_header(10_000, 10_000), OWN_PICTURES)
    assert decode(encoded(Image.new("L", (10_000, 10_000), 90), "JPEG"), OWN_PICTURES).size == (1600, 1600)


def test_a_panorama_is_decoded_small_too(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[tuple[int, int]] = []
    thumbnail = Image.Image.thumbnail

    def noted(image: Image.Image, *arguments: object, **options: object) -> None:
        decoded.append(image.size)
        thumbnail(image, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Image.Image, "thumbnail", noted)
    assert decode(encoded(Image.new("RGB", (12_800, 640), RED), "JPEG")).size == (1600, 80)
    assert decoded == [(1600, 80)]


def test_more_bytes_than_allowed_are_refused_before_decoding() -> None:
    with pytest.raises(ImageError, match=r"at most 0\.01 MB") as caught:
        decode(b"x" * 20_000, ImageLimits(max_bytes=10_000))
    assert caught.value.code == "too_large"


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, mostly near the front, where a file tells what it is; sometimes cut off."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        reach = len(changed) if chance.random() < 0.5 else min(len(changed), 600)
        changed[chance.randrange(reach)] = chance.choice((0, 127, 255, chance.randrange(256)))
    return bytes(changed[: chance.randrange(1, len(changed))] if chance.random() < 0.1 else changed)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM", "HEIF"])
def test_whatever_is_damaged_in_a_file_it_is_read_or_refused_with_a_sentence(kind: str) -> None:
    if kind == "HEIF":
        pytest.importorskip("pillow_heif", reason="pillow-heif is not installed").register_heif_opener()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker of cameras"
    picture = Image.effect_noise((96, 64), 60).convert("RGB")
    data = encoded(picture, kind, **({} if kind in ("GIF", "BMP", "PPM") else {"exif": exif}))
    chance, refused = random.Random(f"{kind} 20261128"), 0  # noqa: S311 - not for secrets
    for _ in range(200):
        try:
            assert decode(damaged(data, chance)).mode == "RGB"
        except ImageError:
            refused += 1
    assert refused > 10
