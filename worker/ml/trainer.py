"""Trains the networks of a preset without some people, and keeps what it has trained: an evaluation can be taken up."""

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

import keras

from worker.ml import hand_table
from worker.ml.config import CropsConfig, RecogniserConfig
from worker.ml.corpus import Corpus
from worker.ml.models import crops
from worker.ml.models.mobilenet import imagenet_file
from worker.ml.naming import Networks
from worker.ml.pixel_lesson import LentLessons
from worker.ml.progress import Report
from worker.ml.torch_weights import read_state_dict
from worker.ml.training import train_crops, train_landmarks

VERSION = 3
"""Of the code that trains. Raise it when the same configuration would train another network: kept ones have it in their
names. 2: pixels are learnt from end to end. 3: what is beside hands lends surroundings."""

_LENT: Final = "pixels"


class Trainer:
    """``cache`` is a folder for what was computed; files in it are named after all that they depend on but our code."""

    def __init__(self, corpus: Corpus, config: RecogniserConfig, cache: Path, report: Report) -> None:
        self._corpus = corpus
        self._config = config
        self._cache = cache
        self._report = report
        self._lent = LentLessons(cache / _LENT)
        self._networks: dict[frozenset[str], Networks] = {}

    def networks(self, *, without: Collection[str] = ()) -> Networks:
        """Networks that learnt from nothing that these people signed."""
        left_out = frozenset(without)
        if left_out not in self._networks:
            crops_config = self._config.crops
            self._networks[left_out] = Networks(
                self._kept("landmarks", self._config.landmarks, without, self._train_landmarks),
                self._kept("crops", crops_config, without, partial(self._train_crops, crops_config))
                if crops_config
                else None,
            )
        return self._networks[left_out]

    def _train_landmarks(self, without: Collection[str]) -> keras.Model:
        examples = self._corpus.landmark_examples(without=without)
        return train_landmarks(examples, self._config.landmarks, self._report)

    def lend_pixels(self, groups: Iterable[Collection[str]]) -> Path:
        """Write the lessons in pixels that leave out these groups in turn, for another machine; returns their folder.

        The weights that it puts there are taken as trained. Raises :class:`ImageNetWeightsMissing`.
        """
        config = self._config.crops
        if config is None:
            raise ValueError("This preset reads no pixels.")
        self._lent.begin(self._corpus.hands.crops, read_state_dict(imagenet_file()), config, hand_table.CROP_MARGIN)
        for without in groups:
            self._report(f"pixels without {', '.join(sorted(without)) or 'nobody'}")
            self._lent.add(self._name("crops", config, without), self._corpus.pixel_lesson(without=without))
        return self._cache / _LENT

    def pixels_learnt_with(self, *, without: Collection[str] = ()) -> str | None:
        """By what another machine trained the pixels of :meth:`networks`, None if it was none."""
        if self._config.crops is None:
            return None
        maker = self._maker(self._name("crops", self._config.crops, without))
        return maker.read_text() if maker.exists() else None

    def _train_crops(self, config: CropsConfig, without: Collection[str]) -> keras.Model:
        name = self._name("crops", config, without)
        weights, maker = self._lent.weights(name), self._lent.learnt_with(name)
        if weights is not None and maker is not None:
            self._maker(name).write_text(maker)  # beside the network, which is kept longer than what was lent
            return crops.with_mirror(crops.of_torchvision(config, weights))
        self._maker(name).unlink(missing_ok=True)
        return train_crops(self._corpus.pixel_lesson(without=without), config, hand_table.CROP_MARGIN, self._report)

    def _kept(
        self, name: str, config: Any, without: Collection[str], train: Callable[[Collection[str]], keras.Model]
    ) -> keras.Model:
        self._cache.mkdir(parents=True, exist_ok=True)
        path = self._cache / f"{self._name(name, config, without)}.keras"
        if path.exists():
            return keras.models.load_model(path)  # our own file, named after what it was made of
        model = train(without)
        part = path.with_suffix(".part.keras")
        model.save(part)
        os.replace(part, path)
        return model

    def _maker(self, name: str) -> Path:
        return self._cache / f"{name}.learnt_with"

    def _name(self, name: str, config: Any, without: Collection[str]) -> str:
        learnt_from = self._corpus.learnt_from(without)
        depends_on = [VERSION, hand_table.VERSION, self._corpus.fingerprint, (asdict(config), learnt_from)]
        return f"{name}-{hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()[:16]}"
