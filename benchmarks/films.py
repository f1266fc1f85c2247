"""Films for Chromium's fake camera, made of photos: what the live page is tested and measured with."""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from PIL import Image

FRAMES_A_SECOND: Final = 30
"""At which Chromium plays an .mjpeg file, again and again."""

SIZE: Final = (640, 480)
_BACKGROUND: Final = (118, 116, 112)
_QUALITY: Final = 88


def on_screen(photo: Image.Image, *, shift: tuple[int, int] = (0, 0), share: float = 0.8) -> Image.Image:
    """A photo as high as ``share`` of the picture, moved by ``shift`` pixels from its middle."""
    screen = Image.new("RGB", SIZE, _BACKGROUND)
    scale = share * SIZE[1] / max(photo.size)
    scaled = photo.convert("RGB").resize((round(photo.width * scale), round(photo.height * scale)))
    screen.paste(scaled, ((SIZE[0] - scaled.width) // 2 + shift[0], (SIZE[1] - scaled.height) // 2 + shift[1]))
    return screen


def empty() -> Image.Image:
    return Image.new("RGB", SIZE, _BACKGROUND)


def write_film(path: Path, shots: Iterable[tuple[Image.Image, float]], *, blend_seconds: float = 0.0) -> Path:
    """Each picture for its seconds, of which the first ``blend_seconds`` pass over from the one before it."""
    before: Image.Image | None = None
    with path.open("wb") as film:
        for picture, seconds in shots:
            frames = round(seconds * FRAMES_A_SECOND)
            blended = min(frames, round(blend_seconds * FRAMES_A_SECOND)) if before else 0
            for number in range(blended):
                film.write(_jpeg(Image.blend(before or picture, picture, (number + 1) / (blended + 1))))
            film.write(_jpeg(picture) * (frames - blended))
            before = picture
    return path


def camera_flags(film: Path | None) -> Sequence[str]:
    """Chromium's flags for a camera that shows a film, or its test pattern, and is allowed without a question."""
    flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    return [*flags, *([f"--use-file-for-fake-video-capture={film}"] if film else [])]


def _jpeg(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=_QUALITY)
    return content.getvalue()
