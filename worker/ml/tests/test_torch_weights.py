"""Weights of another library are read without running anything that their file asks for."""

import io
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from worker.ml.models.mobilenet import imagenet_file
from worker.ml.torch_weights import WeightsUnreadable, read_state_dict

_MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
_HEADER = _MAGIC + b"\x80\x02M\xe9\x03." + b"\x80\x02}."


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def pair(numbers: tuple[int, int]) -> bytes:
    return b"".join(b"K" + bytes([one]) for one in numbers) + b"\x86"


def legacy_file(values: npt.NDArray[np.int64], shape: tuple[int, int], strides: tuple[int, int]) -> bytes:
    """A state dictionary with the one tensor ``weight``, written opcode by opcode."""
    storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("7") + text("cpu") + b"K" + bytes([values.size])
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"NtQK\x00" + pair(shape) + pair(strides)
    state = b"\x80\x02ccollections\nOrderedDict\n)R(" + text("weight") + tensor + b"\x89N" + b"tRu."
    keys = b"\x80\x02](" + text("7") + b"e."
    return _HEADER + state + keys + struct.pack("<q", values.size) + values.astype("<f4").tobytes()


def test_a_tensor_is_read_with_its_name_and_shape(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(legacy_file(np.arange(6), (2, 3), (3, 1)))
    weights = read_state_dict(path)
    assert set(weights) == {"weight"}
    assert weights["weight"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_tensor_that_is_laid_out_otherwise_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(legacy_file(np.arange(6), (3, 2), (1, 3)))
    with pytest.raises(WeightsUnreadable, match="row by row"):
        read_state_dict(path)


def test_a_call_to_anything_else_is_refused_and_not_made(tmp_path: Path) -> None:
    path, trace = tmp_path / "weights.pth", tmp_path / "trace"
    evil = b"\x80\x02}(" + text("weight") + b"cos\nsystem\n(" + text(f"touch {trace}") + b"tRu."
    path.write_bytes(_HEADER + evil + b"\x80\x02].")
    with pytest.raises(WeightsUnreadable, match=r"weights\.pth"):
        read_state_dict(path)
    assert not trace.exists()


@pytest.mark.parametrize("content", [b"", b"no weights", _HEADER, _MAGIC + b"cos\nsystem\n."])
def test_what_is_no_state_dictionary_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsUnreadable, match=r"weights\.pth"):
        read_state_dict(path)


def test_the_carried_weights_are_those_of_mobilenet() -> None:
    weights = read_state_dict(imagenet_file())
    assert weights["features.0.0.weight"].shape == (32, 3, 3, 3)
    assert weights["features.18.0.weight"].shape == (1280, 320, 1, 1)
    assert all(np.isfinite(one).all() for one in weights.values())


def test_nothing_of_a_truncated_file_is_used(tmp_path: Path) -> None:
    whole = io.BytesIO(legacy_file(np.arange(6), (2, 3), (3, 1))).getvalue()
    path = tmp_path / "weights.pth"
    path.write_bytes(whole[:-4])
    with pytest.raises(WeightsUnreadable):
        read_state_dict(path)
