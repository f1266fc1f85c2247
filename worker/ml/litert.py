"""One exported network, run by LiteRT."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from worker.ml.artifact import REMEDY, ArtifactCorrupt
from worker.ml.hands.geometry import Floats


class LitertNetwork:
    """Reads one example of the shape ``shape`` and answers ``size`` numbers.

    Raises :class:`ArtifactCorrupt` if LiteRT cannot read the file, or if it does not answer with one row of numbers.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        self._path = path
        try:
            self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
            self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise ArtifactCorrupt(f"{path} is no network that can be served. {REMEDY}") from error
        read, told = self._interpreter.get_input_details()[0], self._interpreter.get_output_details()[0]
        self._input, self._output = read["index"], told["index"]
        self.shape = tuple(int(side) for side in read["shape"][1:])
        if len(told["shape"]) != 2 or told["shape"][0] != 1:
            raise ArtifactCorrupt(f"{path} does not answer with one row of numbers. {REMEDY}")
        self.size = int(told["shape"][1])

    def run(self, example: npt.NDArray[Any]) -> Floats:
        """Its answer (``size``,). Raises :class:`ArtifactCorrupt` for one that is no number: its weights are broken."""
        self._interpreter.set_tensor(self._input, example[None].astype(np.float32))
        self._interpreter.invoke()
        answer: Floats = self._interpreter.get_tensor(self._output)[0]
        if not np.isfinite(answer).all():
            raise ArtifactCorrupt(f"{self._path} answers with what is no number. {REMEDY}")
        return answer
