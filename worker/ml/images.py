"""Bytes to an upright RGB picture: the one decoder for uploads, training and serving. Needs Pillow only."""

import importlib.util
import io
import re
from pathlib import Path
from typing import Final, cast

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from worker.ml.config import OWN_PICTURES, ImageLimits
from worker.ml.foreign_files import AVIF, HEIC, foreign_file

HEIC_IS_READ: Final = importlib.util.find_spec("pillow_heif") is not None

# Named here so that Pillow does not load its forty others when the first file is none of the common ones.
_PLUGINS: Final = (
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
    GifImagePlugin,
    BmpImagePlugin,
    TiffImagePlugin,
    AvifImagePlugin,
    PpmImagePlugin,
)
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")
FORMATS_IN_WORDS: Final = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF" + (" or HEIC" if HEIC_IS_READ else "")
"""What people are told to send. PPM is read too, but is what programs write for each other."""
MEDIA_TYPES: Final = (
    *(Image.MIME[name] for name in _FORMATS),
    *(("image/heic", "image/heif", ".heic", ".heif") if HEIC_IS_READ else ()),
)
"""The same for the ``accept`` of a file field; HEIC by its endings too, as few systems know its media type."""

_MOST_PIXELS_AT_ONCE: Final = ImageLimits().max_pixels
"""All formats but JPEG are decoded at their full size before they are scaled down, some with sixteen bytes a pixel."""

_EXIF_OF_AVIF: Final = re.compile(rb"(infe(?:\x02.{7}|\x03.{9}))Exif", re.DOTALL)
"""Where an AVIF's table of contents names its EXIF: version, flags and two numbers before the kind of the item."""

_UPRIGHT: Final = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each of EXIF's orientations."""

# Pillow refuses twice as many, and warns of more than these; the limits below are asked when the header is read, too.
Image.MAX_IMAGE_PIXELS = OWN_PICTURES.max_pixels


class ImageError(ValueError):
    """A picture that cannot be used. ``str()`` is a sentence for the person; ``code`` is for programs."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def decode(data: bytes, limits: ImageLimits = ImageLimits()) -> Image.Image:  # noqa: B008 - frozen
    """Decode a picture: upright (EXIF orientation), first frame, 8-bit RGB, at most ``limits.longest_side`` long.

    Transparency is laid on white. Raises :class:`ImageError` with the codes ``empty``, ``too_large`` (bytes),
    ``unsupported_format``, ``not_an_image``, ``too_many_pixels`` (told from the header, before any pixel is decoded),
    ``too_small``, ``too_narrow`` and ``truncated``.
    """
    if not data:
        raise ImageError("empty", "The file is empty. Choose a picture that opens on your device.")
    if len(data) > limits.max_bytes:
        raise too_large(len(data), limits)
    image = _open(data)
    width, height = image.size
    if width * height > limits.max_pixels:
        raise ImageError(
            "too_many_pixels",
            f"The picture has {width} by {height} pixels; at most {limits.max_pixels / 1e6:g} million are taken. "
            "Send a smaller copy of the picture.",
        )
    if width * height > _MOST_PIXELS_AT_ONCE and not isinstance(image, JpegImagePlugin.JpegImageFile):
        raise ImageError(
            "too_many_pixels",
            f"The picture has {width} by {height} pixels; at most {_MOST_PIXELS_AT_ONCE / 1e6:g} million are taken "
            "unless it is a JPEG. Send it as a JPEG, or a smaller copy of it.",
        )
    if min(width, height) < limits.shortest_side:
        raise ImageError(
            "too_small",
            f"The picture has {width} by {height} pixels; each side needs at least {limits.shortest_side}.",
        )
    if max(width, height) > limits.longest_side / limits.shortest_side * min(width, height):
        raise ImageError(
            "too_narrow",
            f"The picture has {width} by {height} pixels, which is a strip. Send one that shows the whole hand.",
        )
    try:
        return _upright_rgb(image, limits.longest_side)
    except Exception as error:  # decoders raise whatever they like: AVIF's a bare RuntimeError
        raise _damaged() from error


def decode_file(path: Path) -> Image.Image:
    """:func:`decode` a picture on one's own disk, which may be larger than what strangers may send.

    Raises :class:`ImageError`, and ``OSError`` if the file cannot be read.
    """
    return decode(path.read_bytes(), OWN_PICTURES)


def too_large(size_bytes: int, limits: ImageLimits) -> ImageError:
    """The error for a file of more than ``limits.max_bytes``, for callers that stop reading it before its end."""
    return ImageError(
        "too_large",
        f"The file has {size_bytes / 1e6:.1f} MB; at most {limits.max_bytes / 1e6:g} MB are taken. "
        "Send a smaller copy of the picture.",
    )


def _damaged() -> ImageError:
    return ImageError("truncated", "The picture is damaged or was cut off on its way. Send it again, or take another.")


def encode_jpeg(image: Image.Image) -> bytes:
    """An RGB picture as JPEG without any metadata, good enough that recognition does not notice."""
    buffer = io.BytesIO()
    bare = image.copy()
    bare.info.clear()  # Pillow would write a comment again that came with the file
    bare.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def _open(data: bytes) -> Image.Image:
    """Read the header only."""
    try:
        image = _opened(data)
    except Image.DecompressionBombError as error:
        raise ImageError(
            "too_many_pixels", "The picture has far too many pixels. Send a smaller copy of the picture."
        ) from error
    except Exception as error:  # decoders raise whatever they like
        found = foreign_file(data)
        if found is None:
            raise ImageError("not_an_image", f"This is not a picture. Send a {FORMATS_IN_WORDS} file.") from error
        if found.kind == AVIF or (found.kind == HEIC and HEIC_IS_READ):
            raise _damaged() from error
        raise _unsupported(found.kind, found.advice) from error
    if _is_slow(image):
        raise _unsupported(
            "a PPM picture written as text or with an odd maximum", f"Send a {FORMATS_IN_WORDS} picture."
        )
    return image


def _opened(data: bytes) -> ImageFile.ImageFile:
    """As Pillow opens it. An AVIF whose EXIF cannot be read is read as if it had none, as other formats are."""
    formats = [*_FORMATS, *_heif_format(data)]
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except Exception:
        bare = _EXIF_OF_AVIF.sub(rb"\1none", data, count=1) if data[4:8] == b"ftyp" else data
        if bare == data:
            raise
        return Image.open(io.BytesIO(bare), formats=formats)


def _unsupported(kind: str, advice: str) -> ImageError:
    return ImageError("unsupported_format", f"This is {kind}, which cannot be read here. {advice}")


def _is_slow(image: ImageFile.ImageFile) -> bool:
    """Whether Pillow would read it number by number in Python, which can be made to take minutes."""
    return image.format == "PPM" and any(tile.codec_name != "raw" for tile in image.tile)


def _heif_format(data: bytes) -> list[str]:
    """Pillow's name for HEIC if this may be one. Its library is loaded for the first only: most processes meet none."""
    if not HEIC_IS_READ or data[4:8] != b"ftyp":
        return []
    from pillow_heif import register_heif_opener

    register_heif_opener()
    return ["HEIF"]


def _upright_rgb(image: Image.Image, longest_side: int) -> Image.Image:
    part = longest_side / max(image.size)
    # JPEG only: decodes at a fraction of the size if that is enough. A square would not do for a panorama.
    image.draft("RGB", (max(1, int(image.width * part)), max(1, int(image.height * part))))
    image.load()
    turn = _UPRIGHT[_orientation(image)]
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "I;16N", "F"):
        image = _eight_bit(image, longest_side)
    elif image.mode in ("1", "P", "PA"):  # Pillow would skip pixels of these, and small hands with them
        image = image.convert(_mode_with_shades(image))
    image.thumbnail((longest_side, longest_side), reducing_gap=2.0)
    if turn is not None:
        image = image.transpose(turn)
    if image.mode in ("RGBA", "LA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _orientation(image: Image.Image) -> int:
    """As EXIF has it, 1 to 8; 1 where it is odd or cannot be read, in whatever way: the picture itself may be whole."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # Pillow's reader of EXIF raises a dozen kinds of error
        return 1
    return value if isinstance(value, int) and value in _UPRIGHT else 1


def _mode_with_shades(image: Image.Image) -> str:
    """What a picture of black and white or of a palette is to be scaled down in."""
    if image.mode == "PA" or "transparency" in image.info:
        return "RGBA"
    return "L" if image.mode == "1" else "RGB"


def _eight_bit(image: Image.Image, longest_side: int) -> Image.Image:
    """Sixteen-bit and floating-point grey to eight bits. Deeper values are scaled by their nominal range.

    It is made smaller first: four bytes a pixel at full size would be much memory. Bilinear, since that adds no value
    beyond those of the picture, by which its range is told.
    """
    image.thumbnail((longest_side, longest_side), Image.Resampling.BILINEAR, reducing_gap=None)
    if image.mode != "F":
        image = image.convert("I")
    _, most = cast(tuple[float, float], image.convert("F").getextrema())
    full = 1.0 if most <= 1 else 255.0 if most <= 255 else 65535.0
    return image.convert("F").point(lambda value: value * (255 / full) + 0).convert("L")
