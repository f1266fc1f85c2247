"""What an autoencoder's codes hold: pictures beside their reconstructions, and maps of the codes in two dimensions."""

from collections.abc import Sequence
from typing import Any, Final

import keras
import numpy as np
import numpy.typing as npt
from sklearn.manifold import TSNE

from worker.ml.figures import scatter
from worker.ml.hands.geometry import Floats
from worker.ml.labels import LABELS, NAMES
from worker.ml.page_parts import folded, gallery, picture, table, wide
from worker.ml.pictures.dataset import Indices
from worker.ml.pictures.family import Drawing
from worker.ml.pictures.squares import Pixels, jpeg

_SHOWN: Final = 12
_A_CLASS: Final = 30
_SHORT: Final = {"space": "sp", "del": "de", "nothing": "no"}


def code_drawings(model: keras.Model, codes: Floats, pixels: Pixels, labels: Indices, seed: int) -> list[Drawing]:
    """Two sections of a report; ``pixels`` (n, side, side, 3) have the ``codes`` (n, width) and the ``labels`` (n,)."""
    return [
        Drawing("reconstructions", "Reconstructions", _reconstructions(model, pixels, labels)),
        Drawing("codes", "The codes in two dimensions", _maps(codes, labels, seed)),
    ]


def _reconstructions(model: keras.Model, pixels: Pixels, labels: Indices) -> str:
    rows = np.linspace(0, len(pixels) - 1, min(_SHOWN, len(pixels))).round().astype(int)
    again = np.asarray(model(pixels[rows].astype(np.float32), training=False))
    shown = []
    for row, one in zip(rows, np.clip(again * 255, 0, 255).astype(np.uint8), strict=True):
        name = NAMES[LABELS[labels[row]]]
        pair = picture(jpeg(pixels[row]), f"{name}, as it is") + picture(jpeg(one), f"{name}, reconstructed")
        shown.append((f'<span class="pair">{pair}</span>', name))
    gap = float(np.abs(again - pixels[rows] / 255).mean())
    return (
        "<p>Test pictures, each beside what the decoder makes of its code. Their values, from 0 to 1, are off by "
        f"{gap:.3f} on average.</p>"
    ) + gallery(shown)


def _maps(codes: Floats, labels: Indices, seed: int) -> str:
    rows = _sample(labels, seed)
    principal, kept = principal_components(codes[rows])
    said = f"The two components hold {kept:.0%} of the variance."
    parts = [_map("pca", "Principal components", said, principal, labels[rows])]
    if len(rows) > 4:
        places = TSNE(perplexity=min(30.0, (len(rows) - 1) / 3), random_state=seed, init="pca").fit_transform(
            codes[rows]
        )
        said = "t-SNE keeps neighbours together; distances between clusters mean nothing."
        parts.append(_map("tsne", "t-SNE", said, places, labels[rows]))
    return (
        f"<p>{len(rows)} test pictures, each a letter at its place (sp: space, de: delete, no: no hand).</p>"
        + "".join(parts)
    )


def _map(name: str, title: str, sentence: str, places: npt.NDArray[Any], labels: Indices) -> str:
    words = [_SHORT.get(LABELS[label], LABELS[label]) for label in labels]
    points = [(float(x), float(y), word) for (x, y), word in zip(places, words, strict=True)]
    rows = []
    for label in np.unique(labels):
        of_label = places[labels == label]
        centre, spread = of_label.mean(axis=0), of_label.std(axis=0)
        rows.append([NAMES[LABELS[label]], *(f"{value:.1f}" for value in (*centre, *spread))])
    return wide(scatter(name, title, sentence, points), f"{title}, figure") + folded(
        f"{title} in numbers",
        table(f"Where the classes lie: {title}", ["class", "x", "y", "spread of x", "spread of y"], rows),
    )


def principal_components(codes: Floats) -> tuple[Floats, float]:
    """Codes (n, width) along the two directions in which they differ most (n, 2), and their share of the variance."""
    centred = codes - codes.mean(axis=0)
    left, strengths, _ = np.linalg.svd(centred, full_matrices=False)
    energy = strengths**2
    return left[:, :2] * strengths[:2], float(energy[:2].sum() / max(energy.sum(), 1e-12))


def _sample(labels: Indices, seed: int) -> Indices:
    random = np.random.default_rng(seed)
    chosen: Sequence[Indices] = [
        random.permutation(np.flatnonzero(labels == label))[:_A_CLASS] for label in np.unique(labels)
    ]
    return np.sort(np.concatenate(chosen))
