"""Files that people send and nobody can read, with the status that a client gets and a piece of the sentence."""

import io
import struct
import zlib

from PIL import Image

from recognition.tests.conftest import encoded


def _png_header(width: int, height: int) -> bytes:
    """A PNG that promises many pixels and holds none: a decompression bomb as far as a decoder can tell."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(head)) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))


def _gif() -> bytes:
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "green", "blue")]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


BAD = {
    "no picture": ("notes.txt", b"Dear diary, today I learnt the letter B. " * 20, 415, "not a picture"),
    "empty": ("empty.jpg", b"", 400, "empty"),
    "cut off": ("cut.jpg", encoded(size=(640, 480))[:900], 400, "cut off"),
    "PDF named JPEG": ("scan.jpg", b"%PDF-1.7\n" + b"x" * 200, 415, "PDF"),
    "SVG": ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 415, "SVG"),
    "one pixel": ("dot.png", encoded("PNG", (1, 1)), 400, "1 by 1"),
    "20000 by 20000": ("huge.png", _png_header(20_000, 20_000), 413, "pixels"),
    "bomb": ("bomb.png", _png_header(60_000, 60_000), 413, "pixels"),
}
# Name as sent, bytes, name as shown.
GOOD = {
    "JPEG": ("hand.jpg", encoded(), "hand.jpg"),
    "PNG": ("hand.png", encoded("PNG"), "hand.png"),
    "animated GIF": ("hand.gif", _gif(), "hand.gif"),
    "path in its name": ("../../etc/passwd.jpg", encoded(), "passwd.jpg"),
    "Windows path": ("C:\\Pictures\\hand.jpg", encoded(), "hand.jpg"),
    "unicode name": ("手話 – é.png", encoded("PNG"), "手話 – é.png"),
    "name turned around": ("\u202egpj.exe", encoded(), "gpj.exe"),
    "quote in its name, as forms have it": ("my %22hand%22.jpg", encoded(), 'my "hand".jpg'),
    "line's end in its name": ("my%0D%0Ahand.jpg", encoded(), "my  hand.jpg"),
    "per cent in its name": ("100%25 %2F hand.jpg", encoded(), "100%25 %2F hand.jpg"),
    "long name": ("a" * 300 + ".jpg", encoded(), "a" * 251 + ".jpg"),
}
