"""Read the arrays of a PyTorch state dictionary without PyTorch, and without unpickling: nothing in the file is run.

Both of PyTorch's formats hold a pickle that says which part of which storage each tensor is. We follow its opcodes with
a machine that knows strings, numbers, tuples and dictionaries; classes and calls stay names. Anything else is refused.
Source: ``torch/serialization.py`` of PyTorch 1.6 (format "legacy": five pickles, then the storages one after another).
"""

import pickletools
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import numpy as np

from worker.ml.hands.geometry import Floats

_MAGIC: Final = 0x1950A86A20F9469CFC6C
_STORAGES: Final = {"torch FloatStorage": np.float32, "torch LongStorage": np.int64}
_REBUILD: Final = "torch._utils _rebuild_tensor_v2"
_MARK: Final = object()


class WeightsUnreadable(ValueError):
    """The file is no state dictionary of a kind that we read. Names the file."""


class _Call(NamedTuple):
    """A call that the pickle asks for, and that we do not make."""

    function: Any
    arguments: Any


class _Stored(NamedTuple):
    """A reference to a storage."""

    description: tuple[Any, ...]


def read_state_dict(path: Path) -> dict[str, Floats]:
    """Names and float32 arrays of a ``.pth`` file in PyTorch's legacy format. Raises :class:`WeightsUnreadable`."""
    try:
        with path.open("rb") as file:
            if _follow(file) != _MAGIC:
                raise WeightsUnreadable(f"{path} is not in PyTorch's legacy format.")
            _follow(file)  # the protocol's version
            _follow(file)  # the machine's sizes and byte order
            state, keys = _follow(file), _follow(file)
            tensors = {name: call for name, call in state.items() if isinstance(call, _Call)}
            kinds = {call.arguments[0].description[2]: call.arguments[0].description[1] for call in tensors.values()}
            storages = {key: _read_storage(file, _STORAGES[kinds[key]]) for key in keys}
            return {name: _tensor(call, storages) for name, call in tensors.items()}
    except (KeyError, IndexError, AttributeError, TypeError, ValueError, OSError) as error:
        if isinstance(error, WeightsUnreadable):
            raise
        raise WeightsUnreadable(f"{path} cannot be read as PyTorch weights: {error}") from error


def _read_storage(file: BinaryIO, kind: type) -> np.typing.NDArray[Any]:
    count = int(np.frombuffer(file.read(8), np.int64)[0])
    return np.frombuffer(file.read(count * np.dtype(kind).itemsize), kind)


def _tensor(call: _Call, storages: dict[str, np.typing.NDArray[Any]]) -> Floats:
    if call.function != _REBUILD:
        raise ValueError(f"{call.function} is not a tensor")
    stored, offset, shape, strides = call.arguments[:4]
    values = storages[stored.description[2]]
    size = int(np.prod(shape))
    if tuple(strides) != _dense_strides(shape) or offset + size > len(values):
        raise ValueError("a tensor that is not laid out row by row")
    return values[offset : offset + size].reshape(shape).astype(np.float32)


def _dense_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(np.prod(shape[axis + 1 :])) for axis in range(len(shape)))


def _follow(file: BinaryIO) -> Any:
    """The value that one pickle describes, its file left where the pickle ends."""
    stack: list[Any] = []
    memory: dict[Any, Any] = {}
    for opcode, argument, _ in pickletools.genops(file):
        match opcode.name:
            case "PROTO" | "FRAME":
                pass
            case "STOP":
                return stack.pop()
            case "MARK":
                stack.append(_MARK)
            case "BINUNICODE" | "BININT" | "BININT1" | "BININT2" | "LONG1" | "GLOBAL" | "SHORT_BINUNICODE":
                stack.append(argument)
            case "NONE" | "NEWTRUE" | "NEWFALSE":
                stack.append({"NONE": None, "NEWTRUE": True, "NEWFALSE": False}[opcode.name])
            case "EMPTY_DICT" | "EMPTY_LIST" | "EMPTY_TUPLE":
                stack.append({"EMPTY_DICT": {}, "EMPTY_LIST": [], "EMPTY_TUPLE": ()}[opcode.name])
            case "BINPUT" | "LONG_BINPUT":
                memory[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memory[argument])
            case "TUPLE":
                stack.append(tuple(_above_mark(stack)))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                count = int(opcode.name[-1])
                stack[-count:] = [tuple(stack[-count:])]
            case "REDUCE":
                function, arguments = stack[-2:]
                stack[-2:] = [{} if function == "collections OrderedDict" else _Call(function, arguments)]
            case "BINPERSID":
                stack.append(_Stored(stack.pop()))
            case "SETITEM":
                key, value = stack[-2:]
                del stack[-2:]
                stack[-1][key] = value
            case "SETITEMS":
                flat = _above_mark(stack)
                stack[-1].update(zip(flat[::2], flat[1::2], strict=True))
            case "APPEND":
                value = stack.pop()
                stack[-1].append(value)
            case "APPENDS":
                values = _above_mark(stack)
                stack[-1].extend(values)
            case "BUILD":
                stack.pop()  # attributes of the dictionary, such as its metadata
            case _:
                raise ValueError(f"the opcode {opcode.name} has no place in a state dictionary")
    raise ValueError("the file ends within a pickle")


def _above_mark(stack: list[Any]) -> list[Any]:
    start = len(stack) - 1 - stack[::-1].index(_MARK)
    above = stack[start + 1 :]
    del stack[start:]
    return above
