"""What is advised where an archive cannot be imported."""

from worker.dataset_imports import REMEDIES
from worker.ml.refusal import Remedy


def test_each_remedy_is_worded_for_who_uploads() -> None:
    assert set(REMEDIES) == set(Remedy)
    assert not any("command" in words or "--" in words for words in REMEDIES.values())
