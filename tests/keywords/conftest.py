"""The lexicon made for tests of the method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from jiandu.keywords import Lexicons, Scorer
from jiandu.keywords.lexicon import Lexicon
from jiandu.keywords.signs import shipped

MATCHING: dict[str, Any] = YAML(typ="safe").load((Path(__file__).parent / "matching.yml").read_text("utf-8"))


@pytest.fixture(scope="session")
def method() -> Scorer:
    """A scorer of the test lexicon alone."""
    return Scorer(Lexicons("test", {"method": Lexicon.model_validate(MATCHING["lexicon"])}, *shipped()))
