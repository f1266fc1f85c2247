"""A random forest as plain arrays: stored without pickle, and asked with NumPy alone.

Source: Breiman, "Random Forests", 2001. It answers as scikit-learn's ``predict_proba`` does, tree by tree.
"""

import io
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from worker.ml.artifact import REMEDY, ArtifactCorrupt
from worker.ml.hands.geometry import Floats
from worker.ml.labels import LABELS

_LEAF: Final = -1


@dataclass(frozen=True, slots=True)
class Forest:
    """All trees' nodes one after another.

    ``mean`` and ``spread`` (width,) standardise codes. ``roots`` (trees,) are the trees' first nodes. Of each node:
    ``feature`` (nodes,) that it asks for, -1 in a leaf; ``threshold`` (nodes,), up to which the way goes to the node
    ``left`` (nodes,) and else to ``right`` (nodes,); ``leaf`` (nodes,), the row of ``shares`` (rows, 29) with the
    classes of the training pictures that ended there. Equal rows are kept once: most leaves are of one class.
    """

    mean: Floats
    spread: Floats
    roots: npt.NDArray[np.int32]
    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float64]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    leaf: npt.NDArray[np.int32]
    shares: npt.NDArray[np.float64]

    @property
    def width(self) -> int:
        return len(self.mean)

    def probabilities(self, codes: Floats) -> Floats:
        """The mean over trees (n, 29) of what their leaves hold for the codes (n, width)."""
        values = standardised(codes, self.mean, self.spread)
        rows = np.arange(len(values))[:, None]
        nodes = np.repeat(self.roots[None], len(values), axis=0)
        while True:
            feature = self.feature[nodes]
            if (feature == _LEAF).all():
                break
            goes_left = values[rows, np.maximum(feature, 0)] <= self.threshold[nodes]
            ahead = np.where(goes_left, self.left[nodes], self.right[nodes])
            nodes = np.where(feature == _LEAF, nodes, ahead)
        mean: Floats = self.shares[self.leaf[nodes]].mean(axis=1).astype(np.float32)
        return mean

    def to_bytes(self) -> bytes:
        """An ``.npz`` of the arrays."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **{one.name: getattr(self, one.name) for one in fields(self)})
        return buffer.getvalue()

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises :class:`ArtifactCorrupt` for a file that is no forest, or one in which a way leads nowhere."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                forest = cls(**{one.name: stored[one.name] for one in fields(cls)})
            forest._check()
        except (OSError, KeyError, TypeError, ValueError, IndexError, zipfile.BadZipFile) as error:
            raise ArtifactCorrupt(f"{path} is no forest that can be served. {REMEDY}") from error
        return forest

    def _check(self) -> None:
        """Raise :class:`ValueError` unless every way ends in a leaf: children come after their parents."""
        nodes, inner = len(self.feature), self.feature != _LEAF
        places = np.arange(nodes)
        ways_on = all(((child > places) & (child < nodes))[inner].all() for child in (self.left, self.right))
        sound = (
            ways_on
            and all(len(array) == nodes for array in (self.threshold, self.left, self.right, self.leaf))
            and ((self.roots >= 0) & (self.roots < nodes)).all()
            and (self.feature < self.width).all()
            and ((self.leaf[~inner] >= 0) & (self.leaf[~inner] < len(self.shares))).all()
            and self.shares.shape[1:] == (len(LABELS),)
            and all(np.isfinite(array).all() for array in (self.mean, self.spread, self.threshold, self.shares))
            and (self.spread > 0).all()
        )
        if not sound:
            raise ValueError("the trees are broken")


def standardised(codes: Floats, mean: Floats, spread: Floats) -> Floats:
    """Codes (n, width) less their mean, in units of their spread: what the trees read, in training and serving."""
    values: Floats = ((codes - mean) / spread).astype(np.float32)
    return values


def moments(codes: Floats) -> tuple[Floats, Floats]:
    """Mean and spread (width,) of codes (n, width); a spread of 1 where all codes are alike."""
    mean, spread = codes.mean(axis=0, dtype=np.float64), codes.std(axis=0, dtype=np.float64)
    return mean.astype(np.float32), np.where(spread > 1e-12, spread, 1).astype(np.float32)


def from_scikit_learn(forest: Any, mean: Floats, spread: Floats) -> Forest:
    """A fitted ``RandomForestClassifier`` whose classes are indices into ``LABELS``."""
    trees = [estimator.tree_ for estimator in forest.estimators_]
    starts = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
    inner = [tree.children_left != _LEAF for tree in trees]
    feature = np.concatenate([np.where(at, tree.feature, _LEAF) for tree, at in zip(trees, inner, strict=True)])
    ways = [
        np.concatenate([getattr(tree, name) + start for tree, start in zip(trees, starts, strict=True)])
        for name in ("children_left", "children_right")
    ]
    values = np.concatenate([tree.value[:, 0] for tree in trees])
    shares = np.zeros((len(values), len(LABELS)))
    shares[:, forest.classes_.astype(int)] = values / values.sum(axis=1, keepdims=True)
    is_leaf = feature == _LEAF
    distinct, row = np.unique(shares[is_leaf], axis=0, return_inverse=True)
    leaf = np.full(len(feature), _LEAF, np.int32)
    leaf[is_leaf] = row
    return Forest(
        mean=mean,
        spread=spread,
        roots=starts.astype(np.int32),
        feature=feature.astype(np.int32),
        threshold=np.concatenate([tree.threshold for tree in trees]),
        left=np.where(is_leaf, _LEAF, ways[0]).astype(np.int32),
        right=np.where(is_leaf, _LEAF, ways[1]).astype(np.int32),
        leaf=leaf,
        shares=distinct,
    )
