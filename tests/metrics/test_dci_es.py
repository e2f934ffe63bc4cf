"""DCI-ES: explicitness and size in closed form."""

import numpy as np
import pytest
from codes import GRID, Z, drawn
from published import explicitness_beside

from dvlab.metrics import dci_es

pytestmark = pytest.mark.filterwarnings("error")


def test_a_straight_line_is_easiest_and_size_is_k_over_d():
    found = dci_es(GRID @ np.linalg.qr(drawn(3, 3))[0], GRID)
    assert found.explicitness == pytest.approx(1, abs=0.01)
    assert found.size == 1
    assert dci_es(np.hstack([Z, Z]), GRID).size == 1 / 2


def test_e_is_one_less_the_area_over_the_triangle():
    g = np.random.default_rng(0).uniform(-3, 3, (1500, 1)).round(1)
    found = dci_es(np.hstack([np.cos(g), np.sin(g)]), g, features=128)
    x, loss = found.capacity, found.loss[:, 0]
    assert x[0] == pytest.approx(np.log(2)) and np.all(np.diff(loss) <= 0)
    area = sum((x[i + 1] - x[i]) * (loss[i] + loss[i + 1] - 2 * loss[-1]) / 2 for i in range(len(x) - 1))
    assert found.explicitness == pytest.approx(1 - area / (0.5 * (x[-1] - x[0]) * (1 - loss[-1])))
    assert 0.1 < found.explicitness < 0.95
    assert found.informativeness_per_factor[0] > 0.97


def test_nothing_known_is_not_easy():
    assert dci_es(drawn(1200, 4), GRID).explicitness == 0
    assert dci_es(np.zeros((1200, 2)), GRID).explicitness == 0


def test_e_does_not_depend_on_what_it_is_drawn_with():
    short, long = (np.array([0.0, 1, 2]), np.array([0.5, 0.2, 0.1])), (np.array([0.0, 4, 8]), np.array([0.5, 0.2, 0.1]))
    assert explicitness_beside([short])[0] != pytest.approx(explicitness_beside([short, long])[0], abs=0.05)
    z = np.hstack([np.cos(Z), np.sin(Z)])
    alone, beside = dci_es(z, GRID[:, :1]), dci_es(z, GRID)
    assert alone.explicitness_per_factor[0] == pytest.approx(beside.explicitness_per_factor[0], abs=1e-6)


def test_names_are_categorical():
    named = np.array(["square", "ellipse", "heart"])[GRID[:, :1]]
    found = dci_es(np.eye(3)[GRID[:, 0]], named, categorical=(0,))
    assert found.explicitness == pytest.approx(1, abs=0.01)
    assert found.informativeness_per_factor[0] == pytest.approx(1, abs=0.01)


def test_size_counts_the_factors_that_vary():
    with pytest.warns(UserWarning, match="left out, because constant"):
        found = dci_es(Z, np.insert(GRID, 1, 7, axis=1))
    assert found.size == 1


@pytest.mark.bad_input
def test_bad_input():
    with pytest.raises(ValueError, match="two axes"):
        dci_es(Z[:, 0], GRID)
    with pytest.raises(ValueError, match="every factor is constant"):
        dci_es(Z, np.ones_like(GRID))
    with pytest.raises(ValueError, match="features must be at least 16"):
        dci_es(Z, GRID, features=8)
