"""Trains the networks of a preset without some people, and keeps what it has trained: an evaluation can be taken up."""

import hashlib
import json
import os
from collections.abc import Callable, Collection
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from worker.ml import hand_table
from worker.ml.config import CropsConfig, RecogniserConfig
from worker.ml.corpus import Corpus
from worker.ml.feature_bank import Halves, fill_bank
from worker.ml.models import crops
from worker.ml.naming import Networks
from worker.ml.progress import Report
from worker.ml.training import Crops, train_crops, train_landmarks

VERSION = 1
"""Of the code that trains. Raise it when the same configuration would train another network: kept ones have it in their
names."""


class Trainer:
    """``cache`` is a folder for what was computed; files in it are named after all that they depend on but our code."""

    def __init__(self, corpus: Corpus, config: RecogniserConfig, cache: Path, report: Report) -> None:
        self._corpus = corpus
        self._config = config
        self._cache = cache
        self._report = report

    def networks(self, *, without: Collection[str] = ()) -> Networks:
        """Networks that learnt from nothing that these people signed."""
        crops_config = self._config.crops
        return Networks(
            self._kept("landmarks", self._config.landmarks, without, self._train_landmarks),
            self._kept("crops", crops_config, without, partial(self._train_crops, crops_config))
            if crops_config
            else None,
        )

    def _train_landmarks(self, without: Collection[str]) -> keras.Model:
        examples = self._corpus.landmark_examples(without=without)
        return train_landmarks(examples, self._config.landmarks, self._report)

    def _train_crops(self, config: CropsConfig, without: Collection[str]) -> keras.Model:
        stem = crops.build_stem(config)
        rows, labels, weights = self._corpus.crop_examples(without=without)
        return train_crops(Crops(self._bank(config, stem), rows, labels, weights), stem, config, self._report)

    def _bank(self, config: CropsConfig, stem: keras.Model) -> Halves:
        """Features of all crops. Whoever is left out of a training is left out by its ``rows``."""
        seen_by = (config.side, config.frozen_blocks, config.copies, asdict(config.augmentation), config.seed)
        path = self._path("bank", seen_by, ".npy")
        if not path.exists():
            part = path.with_suffix(".part.npy")
            fill_bank(self._corpus.hands.crops, self._corpus.hands.is_left_of_crops(), stem, config, part, self._report)
            os.replace(part, path)
        kept: Halves = np.load(path, mmap_mode="r", allow_pickle=False)
        return kept

    def _kept(
        self, name: str, config: Any, without: Collection[str], train: Callable[[Collection[str]], keras.Model]
    ) -> keras.Model:
        path = self._path(name, (asdict(config), self._corpus.learnt_from(without)), ".keras")
        if path.exists():
            return keras.models.load_model(path)  # our own file, named after what it was made of
        model = train(without)
        part = path.with_suffix(".part.keras")
        model.save(part)
        os.replace(part, path)
        return model

    def _path(self, name: str, depends_on: Any, suffix: str) -> Path:
        text = json.dumps([VERSION, hand_table.VERSION, self._corpus.fingerprint, depends_on], sort_keys=True)
        self._cache.mkdir(parents=True, exist_ok=True)
        return self._cache / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}{suffix}"
