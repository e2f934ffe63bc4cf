"""The checks run here as they do for students: annotations are not checked, which makes each call ten times slower."""

import jaxtyping
import pytest


@pytest.fixture(autouse=True)
def _annotations_are_checked():
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
