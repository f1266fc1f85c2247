"""A number by which pictures that look alike are found. Pillow only."""

from PIL import Image


def difference_hash(image: Image.Image) -> int:
    """Whether each cell of a 9 by 8 copy is darker than its right neighbour: 64 bits, the first one highest.

    0 for a picture of one colour.
    """
    cells = image.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(0, 72, 9):
        for cell in range(row, row + 8):
            bits = bits << 1 | (cells[cell] < cells[cell + 1])
    return bits
