"""Every test runs with dvlab's jaxtyping annotations checked by beartype, but for those marked `bad_input`."""

import jaxtyping
import pytest

jaxtyping.install_import_hook("dvlab", "beartype.beartype")


@pytest.fixture(autouse=True)
def _annotations_are_checked(request):
    """A `bad_input` test is about the message a user gets, and users run without the hook."""
    jaxtyping.config.update("jaxtyping_disable", request.node.get_closest_marker("bad_input") is not None)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
