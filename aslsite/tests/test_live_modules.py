"""The live page's modules that know no page, tested in Node."""

import pytest

from worker.ml.tests.node import ROOT, node

TESTS = sorted((ROOT / "recognition" / "tests" / "live").glob("*.test.mjs"))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_module(path: object) -> None:
    assert "# fail 0" in node("--test", "--test-reporter=tap", str(path))
