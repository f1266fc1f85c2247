"""The ``transfer`` family: a backbone that learnt ImageNet, and a head of our own.

Every backbone brings exactly its own normalisation, and takes raw colours: pictures that were scaled before cannot get
in, which is the mistake that makes such a network blind (``python -m benchmarks.scaled_twice``).
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import keras

from worker.ml.labels import LABELS
from worker.ml.models import mobilenet
from worker.ml.pictures.config import FROM_CHANCE, IMAGENET, ConfigError, TransferConfig
from worker.ml.pictures.family import Fitted, Material
from worker.ml.pictures.networks import FittedNetwork, fit_classifier

FAMILY: Final = "transfer"

_CAFFE_MEANS: Final = (103.939, 116.779, 123.68)
"""Of ImageNet's blue, green and red."""


def _caffe(pixels: Any) -> Any:
    """Blue, green, red less ImageNet's means: what VGG16 and ResNet50 were trained with."""
    return keras.layers.Rescaling(1.0, [-mean for mean in _CAFFE_MEANS])(pixels[..., ::-1])


def _signed(pixels: Any) -> Any:
    """-1..1: what ResNet50V2 was trained with."""
    return keras.layers.Rescaling(1 / 127.5, -1.0)(pixels)


def _raw(pixels: Any) -> Any:
    """0..255: EfficientNet and our MobileNetV2 normalise in their own first layers."""
    return pixels


def _mobilenet(pixels: Any) -> Any:
    return mobilenet.blocks(pixels, 0, mobilenet.BLOCKS)


BACKBONES: Final[dict[str, tuple[Callable[[Any], Any], Any]]] = {
    "VGG16": (_caffe, keras.applications.VGG16),
    "ResNet50": (_caffe, keras.applications.ResNet50),
    "ResNet50V2": (_signed, keras.applications.ResNet50V2),
    "EfficientNetB0": (_raw, keras.applications.EfficientNetB0),
}
"""How pixels are normalised, and what builds the rest; MobileNetV2 is ours, with torchvision's weights."""


def normalise(backbone: str, pixels: Any) -> Any:
    """Colours (n, side, side, 3) in 0..255 as the backbone's first layer wants them."""
    return BACKBONES[backbone][0](pixels) if backbone in BACKBONES else _raw(pixels)


def build_backbone(config: TransferConfig) -> keras.Model:
    """Colours, normalised for it, (n, side, side, 3) to pooled features (n, width), with the weights asked for.

    Raises :class:`~worker.ml.pictures.config.ConfigError` if these cannot be had.
    """
    if config.backbone == "MobileNetV2":
        pixels = keras.Input((config.side, config.side, 3))
        pooled = keras.layers.GlobalAveragePooling2D()(_mobilenet(pixels))
        backbone = keras.Model(pixels, pooled, name=config.backbone)
        if config.weights == IMAGENET:
            mobilenet.load_imagenet(backbone)
    else:
        backbone = _from_keras(config)
    if config.weights_file is not None:
        _load(backbone, config.weights_file)
    return backbone


def _from_keras(config: TransferConfig) -> keras.Model:
    kwargs = {"include_top": False, "pooling": "avg", "input_shape": (config.side, config.side, 3)}
    make = BACKBONES[config.backbone][1]
    if config.weights != IMAGENET:
        return make(weights=None, name=config.backbone, **kwargs)
    try:
        return make(weights=IMAGENET, name=config.backbone, **kwargs)
    except Exception as error:  # whatever Keras' downloader meets
        raise ConfigError(
            f"transfer.weights: the ImageNet weights of {config.backbone} could not be downloaded. Connect to the "
            "internet, or name a file of them: its .weights.h5, .h5 or .keras without the top."
        ) from error


def _load(backbone: keras.Model, path: Path) -> None:
    """Only arrays are read from the file, also of a .keras archive: nothing in it is run."""
    if not path.is_file():
        raise ConfigError(
            f"transfer.weights: there is no file {path}; {IMAGENET} and {FROM_CHANCE} are the other ways."
        )
    if not path.name.endswith((".h5", ".keras")):
        raise ConfigError(f"transfer.weights: {path} is no .weights.h5, .h5 or .keras file.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Keras only warns of layers that the file has nothing for
            backbone.load_weights(path)
    except Exception as error:  # h5py, zipfile and Keras each have their own
        raise ConfigError(
            f"transfer.weights: {path} does not hold the weights of {backbone.name} without its top."
        ) from error


def build(config: TransferConfig, backbone: keras.Model | None = None) -> keras.Model:
    """Colours (n, side, side, 3) in 0..255 to logits (n, 29).

    The backbone keeps the averages of its batch normalisation, also while it is fine-tuned: they are ImageNet's, and
    those of small batches would only be worse.
    """
    backbone = backbone if backbone is not None else build_backbone(config)
    pixels = keras.Input((config.side, config.side, 3), name="pixels")
    values = backbone(normalise(config.backbone, pixels), training=False)
    values = keras.layers.Dense(config.dense, activation="relu")(values)
    values = keras.layers.Dropout(config.dropout)(values)
    return keras.Model(pixels, keras.layers.Dense(len(LABELS), dtype="float32", name="logits")(values), name=FAMILY)


def freeze(model: keras.Model, config: TransferConfig, *, learning_share: float) -> keras.Model:
    """Let only the last ``learning_share`` (0..1) of the backbone's layers learn, and the head."""
    layers = model.get_layer(config.backbone).layers
    kept = len(layers) - round(len(layers) * learning_share)
    for number, layer in enumerate(layers):
        layer.trainable = number >= kept
    return model


def fit(config: TransferConfig, material: Material) -> Fitted:
    """Train the head, then fine-tune; what was begun with the same material is taken up, in either stage."""
    frozen = fit_classifier(
        lambda: freeze(build(config), config, learning_share=0.0), config.frozen, config, material, stage="frozen"
    )
    stages = [frozen]
    if config.fine_tuning is not None:
        stages.append(
            fit_classifier(
                lambda: freeze(frozen.model, config, learning_share=config.fine_tuned_share),
                config.fine_tuning,
                config,
                material,
                stage="fine-tuned",
            )
        )
    return FittedNetwork(stages[-1].model, {one.stage: one.epochs for one in stages})
