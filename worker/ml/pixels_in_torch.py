"""Train the ``crops`` network with PyTorch, on a GPU in minutes: the recipe of ``training.train_crops``.

    python -m worker.ml.pixels_in_torch FOLDER

learns each lesson of a folder that ``python -m worker.ml lend-pixels`` wrote, and leaves its weights beside it. The
machine needs PyTorch, torchvision, NumPy, Pillow and this package; neither TensorFlow nor the photos.
"""

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import nn
from torchvision.models import mobilenet_v2

from worker.ml.config import IMAGENET_MEAN, IMAGENET_SPREAD, WARM_UP_SHARE, CropsConfig, PixelAugmentation
from worker.ml.draws import WeightedDraws
from worker.ml.labels import LABELS
from worker.ml.pixel_lesson import LentLessons, PixelLesson, Weights
from worker.ml.progress import Report

Batch = tuple[npt.NDArray[Any], ...]

_LOSSES: Final = 10


def learn_folder(root: Path) -> None:
    """Learn each lesson that has no weights yet. Raises :class:`OSError` where the folder is none of ours."""
    folder = LentLessons(root)
    config, margin = folder.settings()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    machine = torch.cuda.get_device_name() if torch.cuda.is_available() else "its processor"
    learnt_with = f"PyTorch {torch.__version__} on {machine}"
    for name, lesson in folder.to_learn():
        learner = Learner(lesson, folder.imagenet(), config, margin, device)
        report = lambda text, name=name: print(f"{name}: {text}", flush=True)  # noqa: E731
        folder.learnt(name, learner.learn(report), learnt_with)


class Learner:
    """One training, all of it on one device. On a GPU a whole step is recorded once and then replayed."""

    def __init__(
        self, lesson: PixelLesson, imagenet: Weights, config: CropsConfig, margin: float, device: torch.device
    ) -> None:
        torch.manual_seed(config.seed)
        self._lesson, self._config, self._margin, self._device = lesson, config, margin, device
        self._is_gpu = device.type == "cuda"
        self._crops, self._surroundings = (
            torch.from_numpy(np.array(pixels)).to(device) for pixels in (lesson.crops, lesson.surroundings)
        )
        self._mean, self._spread = (
            255 * torch.tensor(numbers, device=device).view(1, 3, 1, 1) for numbers in (IMAGENET_MEAN, IMAGENET_SPREAD)
        )
        self.network = _network(config, imagenet).to(device)
        if self._is_gpu:
            self.network = self.network.to(memory_format=torch.channels_last)
        self._rate = torch.zeros((), device=device)
        on_gpu = {"lr": self._rate, "capturable": True} if self._is_gpu else {}
        self._optimizer = torch.optim.AdamW(self.network.parameters(), weight_decay=config.weight_decay, **on_gpu)
        self._batch = tuple(
            torch.zeros(config.batch, dtype=kind, device=device)
            for kind in (torch.int64, torch.bool, torch.int64, torch.bool, torch.int64)
        )

    def learn(self, report: Report) -> Weights:
        """The weights, under torchvision's names."""
        replayed = self._recorded() if self._is_gpu else None
        torch.manual_seed(self._config.seed)
        steps = self._config.steps
        warm_up = max(1, int(steps * WARM_UP_SHARE))
        for step, drawn in enumerate(self._draws()):
            for buffer, values in zip(self._batch, drawn, strict=True):
                buffer.copy_(torch.from_numpy(values))
            done = (step - warm_up) / (steps - warm_up)
            share = (step + 1) / warm_up if step < warm_up else (1 + math.cos(math.pi * done)) / 2
            self._set_rate(self._config.learning_rate * share)
            if replayed:
                replayed[0].replay()
                loss = replayed[1]
            else:
                loss = self._step()
            if (step + 1) % max(1, steps // _LOSSES) == 0:
                report(f"step {step + 1} of {steps}, loss {float(loss):.3f}")
        state = self.network.state_dict()
        return {key: value.cpu().numpy() for key, value in state.items() if not key.endswith("num_batches_tracked")}

    def _draws(self) -> Iterator[Batch]:
        """Rows, whether they are mirrored, surroundings, whether they are mirrored, and classes, (batch,) each."""
        lesson, count = self._lesson, self._config.batch
        random = np.random.default_rng(self._config.seed)
        draws = WeightedDraws(lesson.weights)
        for _ in range(self._config.steps):
            drawn = draws.draw((count,), random)
            rows = lesson.rows[drawn]
            around = random.integers(0, len(self._surroundings), count)
            yield rows, lesson.is_left[rows], around, random.random(count) < 0.5, lesson.labels[drawn]

    def _step(self) -> torch.Tensor:
        rows, is_left, around, is_mirrored, labels = self._batch
        with torch.no_grad():
            hands = _mirrored(self._crops.index_select(0, rows), is_left)
            others = _mirrored(self._surroundings.index_select(0, around), is_mirrored)
            pixels = augment(hands, others, self._config.side, self._margin, self._config.augmentation)
            pixels = self.standardised(pixels)
            if self._is_gpu:
                pixels = pixels.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._is_gpu, cache_enabled=False):
            logits = self.network(pixels)
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=self._config.label_smoothing)
        loss.backward()
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=False)
        return loss.detach()

    def standardised(self, colours: torch.Tensor) -> torch.Tensor:
        """Colours (n, 3, side, side) in 0..255 as torchvision's weights expect them."""
        return (colours - self._mean) / self._spread

    def _set_rate(self, rate: float) -> None:
        if self._is_gpu:
            self._rate.fill_(rate)
        else:
            self._optimizer.param_groups[0]["lr"] = rate

    def _recorded(self) -> tuple[Any, torch.Tensor]:
        """A step as a CUDA graph, and its loss. What the steps of the recording changed is put back.

        Source: "CUDA Graphs" in PyTorch's notes on CUDA semantics.
        """
        before = {key: value.clone() for key, value in self.network.state_dict().items()}
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(5):
                self._step()
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            loss = self._step()
        with torch.no_grad():
            for key, value in self.network.state_dict().items():
                value.copy_(before[key])
            for kept in self._optimizer.state.values():
                for value in kept.values():
                    value.zero_()
        return graph, loss


def _network(config: CropsConfig, imagenet: Weights) -> nn.Module:
    network: nn.Module = mobilenet_v2(num_classes=len(LABELS), dropout=config.dropout)
    layer = network.classifier[1]
    bound = math.sqrt(6 / (layer.in_features + layer.out_features))
    nn.init.uniform_(layer.weight, -bound, bound)
    nn.init.zeros_(layer.bias)
    if config.is_pretrained:
        features = {key: torch.from_numpy(value) for key, value in imagenet.items() if key.startswith("features.")}
        network.load_state_dict(features, strict=False)
    return network


def augment(
    crops: torch.Tensor, surroundings: torch.Tensor, side: int, margin: float, settings: PixelAugmentation
) -> torch.Tensor:
    """Changed colours (n, 3, side, side) in 0..255 of crops (n, kept, kept, 4) and surroundings (n, kept, kept, 3).

    It is what :func:`worker.ml.augment_pixels.augment_crops` does, but for what is coarse: here each crop has a size of
    its own, there a whole batch has one.
    """
    draw = _Draw(len(crops), crops.device)
    hands, others = crops.permute(0, 3, 1, 2).float(), surroundings.permute(0, 3, 1, 2).float()
    chosen = draw.below(settings.background)
    keep = 1 - (1 - hands[:, 3:] / 255) * chosen
    colours = hands[:, :3] * keep + (others * torch.exp(draw.normal(0.4))).clamp(0, 255) * (1 - keep)
    colours = _warp(colours, side, margin, settings, draw)
    colours = _relight(colours, side, settings, draw)
    colours = torch.where(draw.below(settings.coarse) > 0, _coarse(colours, side, settings, draw), colours)
    colours = colours + settings.noise * draw.uniform(0, 1) ** 2 * torch.randn_like(colours)
    return _cut(colours.clamp(0, 255), side, settings, draw)


class _Draw:
    """Numbers from chance, (n, 1, 1, 1)."""

    def __init__(self, count: int, device: torch.device) -> None:
        self.shape, self.device = (count, 1, 1, 1), device

    def normal(self, spread: float, channels: int = 1) -> torch.Tensor:
        return spread * torch.randn(self.shape[0], channels, 1, 1, device=self.device)

    def uniform(self, low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand(self.shape, device=self.device)

    def below(self, share: float) -> torch.Tensor:
        return (self.uniform(0, 1) < share).float()


def _warp(colours: torch.Tensor, side: int, margin: float, settings: PixelAugmentation, draw: _Draw) -> torch.Tensor:
    spreads = (
        settings.scale,
        settings.stretch / 2,
        settings.turn,
        2 * settings.move / margin,
        2 * settings.move / margin,
    )
    log_scale, log_stretch, turn, right, down = (draw.normal(spread).flatten() for spread in spreads)
    scale, stretch = torch.exp(log_scale), torch.exp(log_stretch)
    flip = 1 - 2 * draw.below(settings.mirror).flatten()
    cos, sin = torch.cos(turn) * scale / margin, torch.sin(turn) * scale / margin
    first = torch.stack([cos * stretch * flip, -sin / stretch, right], dim=1)
    second = torch.stack([sin * stretch * flip, cos / stretch, down], dim=1)
    grid = F.affine_grid(torch.stack([first, second], dim=1), [len(colours), 3, side, side], align_corners=False)
    return F.grid_sample(colours, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _relight(colours: torch.Tensor, side: int, settings: PixelAugmentation, draw: _Draw) -> torch.Tensor:
    light = settings.light
    values = colours / 255
    values = values + values * (1 - values) * draw.normal(0.5 * light).clamp(-0.95, 0.95)
    middle = values.mean(dim=(1, 2, 3), keepdim=True)
    contrast, tint = torch.exp(draw.normal(0.25 * light)), draw.normal(0.08 * light, channels=3)
    slope = torch.linspace(-1, 1, side, device=colours.device)
    fall = slope.view(1, 1, 1, -1) * draw.normal(0.15 * light) + slope.view(1, 1, -1, 1) * draw.normal(0.15 * light)
    values = (middle + (values - middle) * contrast) * torch.exp(draw.normal(0.15 * light) + tint + fall)
    values = values + (values.mean(dim=1, keepdim=True) - values) * draw.below(settings.grey)
    return values.clamp(0, 1) * 255


def _coarse(colours: torch.Tensor, side: int, settings: PixelAugmentation, draw: _Draw) -> torch.Tensor:
    pixels = torch.exp(draw.uniform(math.log(settings.fewest_pixels), math.log(side)))[:, :, :, 0]
    numbers = torch.arange(side, device=colours.device, dtype=torch.float32)
    cells, places = numbers.view(1, -1, 1), numbers.view(1, 1, -1)
    begin, end = cells * side / pixels, (cells + 1) * side / pixels
    averaging = (torch.minimum(end, places + 1) - torch.maximum(begin, places)).clamp(0, 1) * pixels / side
    centre = torch.minimum(((places + 0.5) * pixels / side - 0.5).clamp(min=0), torch.ceil(pixels) - 1)
    both = (1 - (centre - cells).abs()).clamp(0, 1).transpose(1, 2) @ averaging
    both = both / both.sum(dim=-1, keepdim=True)
    return torch.einsum("nij,ncjl,nkl->ncik", both, colours, both)


def _cut(colours: torch.Tensor, side: int, settings: PixelAugmentation, draw: _Draw) -> torch.Tensor:
    place = torch.arange(side, device=colours.device).view(1, -1)
    depth, where = draw.uniform(0.0, 0.3).view(-1, 1) * side, draw.uniform(0, 4).view(-1, 1)
    ahead, behind = place >= depth, place < side - depth
    columns = torch.where(where < 1, ahead, torch.where(where < 2, behind, True))
    rows = torch.where(where >= 3, ahead, torch.where(where >= 2, behind, True))
    kept = (columns[:, None, :] & rows[:, :, None])[:, None] | (draw.below(settings.cut) == 0)
    return torch.where(kept, colours, 0.0)


def _mirrored(pictures: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    return torch.where(chosen.view(-1, 1, 1, 1), pictures.flip(2), pictures)


if __name__ == "__main__":
    learn_folder(Path(sys.argv[1]))
