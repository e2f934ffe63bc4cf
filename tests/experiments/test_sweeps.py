"""Sweeps: only what is missing is done, nothing half-written counts, and the table says what was measured."""

import json
import shutil
import sys
from dataclasses import replace

import joblib
import numpy as np
import pytest
import torch
from scipy.sparse.linalg import svds

import dvlab
from dvlab import VAE, __main__, results, schedules, zoo
from dvlab.experiments import recipes, studies, sweeps
from dvlab.experiments.recipe import EARLY
from dvlab.experiments.training_sets import Pairs
from dvlab.objectives import AdaGVAE, BetaTCVAE, BetaVAE
from dvlab.schedules import at, geometric, maximum
from dvlab.worlds import Sprites

pytestmark = pytest.mark.whole

COOLED = geometric((0, 20), (5, 1))


def tiny_world():
    return Sprites(shapes="ellipse", scales=2, orientations=[0.0], x=4, y=4, size=16, antialias=True)


TRAINING = {"steps": 10, "batch_size": 8, "learning_rate": 2e-3, "progress": False}


def tcvae(least, steps):
    return BetaTCVAE(alpha=COOLED, beta=maximum(COOLED, least), gamma=COOLED)


def method(recipe, objective, **training):
    return recipe, TRAINING | training, objective


def make_small(monkeypatch):
    """The recipes and methods made tiny, and a sweep of 2 objectives × 2 β × 2 seeds."""
    for name in ("sprites-vae", "sprites-beta-vae", "sprites-beta-tcvae"):
        recipe = recipes.Recipe("a test", tiny_world, tcvae(3, 10), TRAINING, {"latent_dim": 3, "hidden": (16,)})
        monkeypatch.setitem(recipes.RECIPES, name, recipe)
    cooled = method("sprites-beta-vae", lambda beta, steps: BetaVAE(geometric((0, 20), (5, beta))))
    monkeypatch.setitem(sweeps.METHODS, "beta-vae-cooled", cooled)
    monkeypatch.setitem(sweeps.METHODS, "beta-tcvae-cooled", method("sprites-beta-tcvae", tcvae))
    monkeypatch.setitem(sweeps.SWEEPS, "tiny", ({"beta-vae-cooled": (1, 4), "beta-tcvae-cooled": (3, 1)}, 2))


@pytest.fixture
def small(monkeypatch):
    make_small(monkeypatch)


@pytest.fixture(scope="session")
def done_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("done")
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        do(folder)
    return folder


@pytest.fixture
def finished(small, done_once, tmp_path):
    """The tiny sweep, done: its table. Its runs lie in tmp_path."""
    shutil.copytree(done_once, tmp_path, dirs_exist_ok=True)
    return tmp_path / "out" / "tiny.csv"


def counted(monkeypatch):
    """A list that every point run from now on is added to."""
    done, run = [], sweeps.run

    def noted(point, device="cpu"):
        done.append(point)
        return run(point, device)

    monkeypatch.setattr(sweeps, "run", noted)
    return done


def same_weights(one, other):
    return all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


def do(tmp_path, **options):
    return sweeps.sweep("tiny", tmp_path / "out", tmp_path / "runs", jobs=1, progress=False, **options)


def test_the_table_is_what_the_runs_gave_and_a_second_call_does_nothing(small, tmp_path, monkeypatch):
    done = counted(monkeypatch)
    path = do(tmp_path)
    assert done == sweeps.points("tiny") and len(done) == 8
    stored = [json.loads(file.read_text())["row"] for file in (tmp_path / "runs").iterdir()]
    rows = results.read("tiny", tmp_path / "out")
    assert set(rows.dtype.names) == set(stored[0]) and len(rows) == len(stored) == 8
    for row in rows:
        (same,) = [s for s in stored if all(s[key] == row[key] for key in ("objective", "beta", "seed"))]
        assert row.tolist() == tuple(same[name] for name in rows.dtype.names)
    text = path.read_text()
    assert do(tmp_path) == path and path.read_text() == text and len(done) == 8
    comments = [line for line in text.splitlines() if line.startswith("# ")]
    assert comments[0] == "# python -m dvlab sweep tiny" and "seeds 0 to 1" in comments[1] and "torch" in comments[2]


def test_only_what_is_missing_or_not_whole_is_run_again(finished, tmp_path, monkeypatch):
    text = finished.read_text()
    whole, cut, alien, gone = sorted((tmp_path / "runs").iterdir())[:4]
    cut.write_bytes(cut.read_bytes()[:-20])
    alien.write_bytes(whole.read_bytes())  # another run's result under this one's name
    gone.unlink()
    done = counted(monkeypatch)
    again = do(tmp_path).read_text()
    assert {point.name for point in done} == {file.name[:-14] for file in (cut, alien, gone)}

    def without_seconds(text):
        return [line.rsplit(",", 1)[0] for line in text.splitlines() if not line.startswith("#")]

    assert without_seconds(again) == without_seconds(text)


def test_what_was_done_before_an_interruption_is_kept(small, tmp_path, monkeypatch):
    run, calls = sweeps.run, []

    def interrupted(point, device="cpu"):
        calls.append(point)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return run(point, device)

    monkeypatch.setattr(sweeps, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        do(tmp_path)
    assert len(list((tmp_path / "runs").iterdir())) == 3 and not (tmp_path / "out").exists()
    do(tmp_path)
    assert calls == sweeps.points("tiny")[:4] + sweeps.points("tiny")[3:]


def test_another_recipe_world_or_number_of_steps_is_another_run(small, tmp_path, monkeypatch):
    do(tmp_path, seeds=1)
    done = counted(monkeypatch)
    do(tmp_path, seeds=1, steps=5)
    assert len(done) == 4 and set(results.read("tiny", tmp_path / "out")["steps"]) == {5}
    other = recipes.Recipe("a test", lambda: Sprites(x=2, y=2, orientations=2, size=16), BetaVAE(COOLED), {}, {})
    assert sweeps.fingerprint(other.world()) != sweeps.fingerprint(tiny_world())
    darker = Sprites(shapes="ellipse", scales=2, orientations=[0.0], x=4, y=4, size=16, antialias=True, enlarge=0.8)
    assert sweeps.fingerprint(darker) != sweeps.fingerprint(tiny_world())  # the same factors, another drawing
    hasty = method("sprites-beta-vae", lambda beta, steps: BetaVAE(geometric((0, 20), (5, beta))), learning_rate=1e-3)
    monkeypatch.setitem(sweeps.METHODS, "beta-vae-cooled", hasty)
    do(tmp_path, seeds=1)
    assert [point.objective for point in done[4:]] == ["beta-vae-cooled"] * 2


def test_a_row_says_what_the_zoo_says_of_the_same_training(small, tmp_path, monkeypatch):
    monkeypatch.setattr(zoo, "halve", lambda vae: vae)  # a card is of weights with 11 bits, a row of whole ones
    card = recipes.rebuild("sprites-beta-tcvae", seed=1, device="cpu", folder=tmp_path)
    row = sweeps.run(sweeps.point("tiny", "beta-tcvae-cooled", beta=3, seed=1))
    for name in ("kl", "mutual_information", "total_correlation", "dimension_wise", "mig"):
        assert row[name] == pytest.approx(card[name], rel=1e-4, abs=1e-6)
    gaps = card["mig_per_factor"]
    assert {name: row[f"mig_{name}"] for name in gaps} == pytest.approx(gaps, abs=5e-5)  # four decimals in a table
    assert row["world"] == "tiny_world" and row["batch_size"] == 8


def test_pairs_are_drawn_by_the_runs_seed_and_belong_to_what_it_is_made_from(small, monkeypatch):
    seen = []

    def noted(vae, data, *rest, **options):
        seen.append(data)
        return dvlab.train(vae, data, *rest, **options)

    network = recipes.RECIPES["sprites-beta-vae"].vae
    paired = recipes.Recipe("a test", tiny_world, AdaGVAE(1), TRAINING, network, Pairs(16))
    monkeypatch.setitem(recipes.RECIPES, "sprites-beta-vae", paired)
    ada = method("sprites-beta-vae", lambda beta, steps: AdaGVAE(beta))
    monkeypatch.setitem(sweeps.METHODS, "beta-vae-cooled", ada)
    monkeypatch.setattr("dvlab.experiments.recipe.train", noted)
    for seed in (0, 1, 0):
        row = sweeps.run(sweeps.point("tiny", "beta-vae-cooled", beta=1, seed=seed))
    assert torch.equal(seen[0], Pairs(16)(tiny_world(), 0)) and torch.equal(seen[0], seen[2])
    assert not torch.equal(seen[0], seen[1]) and row["mig"] >= 0
    assert sweeps._made_from(sweeps.point("tiny", "beta-vae-cooled", beta=1))["draw"] == "Pairs(number=16)"
    assert "draw" not in sweeps._made_from(sweeps.point("tiny", "beta-tcvae-cooled", beta=1))


def test_of_several_starts_the_one_that_loses_least_early_goes_on_as_if_it_were_alone(small):
    training = TRAINING | {"steps": 500, "learning_rate": schedules.linear(5e-3, 1e-3, steps=300)}
    recipe = replace(recipes.RECIPES["sprites-beta-tcvae"], training=training, starts=3)
    world, alone, lost = recipe.world(), {}, {}
    for seed in (22, 1022, 2022):
        vae = VAE(world.image_shape, seed=seed, **recipe.vae)
        lost[seed] = dvlab.train(vae, world, recipe.objective, seed=seed, device="cpu", **training).loss
        alone[seed] = vae
    best = min(lost, key=lambda seed: lost[seed][10:110].mean())  # the last hundred of 22 % of the steps
    others = min(lost, key=lambda seed: lost[seed][109]), min(lost, key=lambda seed: lost[seed][:50].mean())
    assert best not in (22, *others)  # else this would say little
    assert recipe.best_start(world, 22, "cpu") == best
    vae, history = recipe.train(world, 22, "cpu")
    assert np.array_equal(history.loss, lost[best]) and same_weights(vae, alone[best])
    assert replace(recipe, starts=1).best_start(world, 22, "cpu") == 22


def test_starts_belong_to_what_a_row_is_made_from():
    made_from = sweeps._made_from(sweeps.points("minute")[0])
    assert made_from["early"] == EARLY and made_from["starts"] == "the best of 2 starts"
    assert "starts" in sweeps._told(made_from)
    assert "starts" not in sweeps._made_from(sweeps.points("recipes")[0])


def test_tcvae_of_weight_one_is_the_cooled_vae(small):
    tcvae, vae = (sweeps.run(sweeps.point("tiny", name, beta=1)) for name in ("beta-tcvae-cooled", "beta-vae-cooled"))
    assert tcvae["reconstruction"] == pytest.approx(vae["reconstruction"], rel=1e-4)
    assert tcvae["kl"] == pytest.approx(vae["kl"], rel=1e-3)


@pytest.mark.parametrize(
    "method, beta, name",
    [
        ("beta-tcvae-long", 5, "sprites-beta-tcvae"),
        ("beta-vae-cooled", 4, "sprites-beta-vae"),
        ("beta-vae-constant", 1, "sprites-vae"),
        ("beta-tcvae-square", 5, "square-beta-tcvae"),
    ],
)
def test_a_method_with_its_recipes_beta_and_steps_is_the_recipe(method, beta, name):
    _, _, objective = sweeps.METHODS[method]
    recipe = recipes.RECIPES[name]
    assert objective(beta, recipe.training["steps"]) == recipe.objective


@pytest.mark.parametrize("end", [1, 4, 6, 10])
def test_cooling_only_falls_and_ends_where_it_should(end):
    weight = recipes.cooled(end, 1000)
    values = np.array([weight(step) for step in range(1000)])
    assert np.diff(values).max() < 1e-9 and (values[0], values[-1]) == (40, end)


@pytest.mark.parametrize("steps", [3, 10, 5500])
@pytest.mark.parametrize("last", [1, 0.6])
def test_column_sums_are_gone_long_before_the_end_and_the_kl_only_cools(steps, last):
    objective = recipes.sideways_first(5, steps, last)
    values = np.array([objective.objective.alpha(step) for step in range(steps + 2)])
    assert np.diff(values).max() < 1e-9 and (values[0], values[-1]) == (80, last)
    assert objective.weight(0) == 0.15 and objective.weight(max(2, round(0.6 * steps))) == 0
    assert objective.objective.beta(steps) == 5


@pytest.mark.parametrize("name", sweeps.SWEEPS)
def test_every_sweep_has_points_that_differ(name):
    points = sweeps.points(name)
    assert len(set(points)) == len(points) and len({point.name for point in points}) == len(points)
    assert [point.seed for point in points] == sorted(point.seed for point in points)
    first = sweeps.points(name, seeds=1)
    assert {point.seed for point in first} == {points[0].seed}
    assert len(first) * (1 + points[-1].seed - points[0].seed) == len(points)


def test_by_beta_is_the_slow_loop():
    kinds = [("objective", "U9"), ("beta", float), ("seed", int), ("mig", float)]
    made = [(objective, beta, seed, beta + seed / 10) for seed in (2, 0, 1) for beta in (4, 1) for objective in "ab"]
    betas, mig = results.by_beta(np.array(made, dtype=kinds), "b", "mig")
    assert betas.tolist() == [1, 4]
    np.testing.assert_allclose(mig, [[beta + seed / 10 for seed in range(3)] for beta in (1, 4)])


def test_a_column_that_a_row_lacks_is_empty(tmp_path):
    (tmp_path / "t.csv").write_text(results.csv(["a, comment"], [{"a": 1, "b": 0.1234567}, {"a": 2, "c": "x"}]))
    rows = results.read("t", tmp_path)
    assert rows["a"].tolist() == [1, 2] and rows["b"][0] == 0.123457 and np.isnan(rows["b"][1])
    assert rows["c"].tolist() == ["", "x"]


def test_a_shipped_table_holds_the_points_of_its_sweep():
    for name in (file.stem for file in results.RESULTS.glob("*.csv") if file.stem in sweeps.SWEEPS):
        rows = results.read(name)[["objective", "beta", "seed", "steps"]].tolist()
        asked = [(p.objective, p.beta, p.seed, p.recipe.training["steps"]) for p in sweeps.points(name)]
        assert rows == asked, name


def test_the_sweep_of_two_factors_is_of_the_small_world_off_the_shelf():
    recipe = sweeps.point("two-factors", "two-factors-tcvae-cooled", beta=5).recipe
    assert len(recipe.world()) == 3072 and recipe.vae["latent_dim"] == 4
    last = recipe.training["steps"] - 1
    assert (recipe.objective.alpha(last), recipe.objective.beta(last), recipe.objective.gamma(last)) == (1, 5, 1)
    cold = sweeps.point("two-factors", "two-factors-vae-constant", beta=1).recipe
    assert (cold.objective.beta(0), cold.world, cold.vae) == (1, recipe.world, recipe.vae)


def test_why_the_apples_are_drawn_is_asked_of_the_recipe_with_one_thing_changed():
    """One has the recipe's KL and no weight for TC, the other its last weights from the start."""
    recipe = recipes.RECIPES["fruit-beta-tcvae"].objective
    plain = sweeps.point("apples-why", "fruit-beta-vae", beta=0.03).recipe.objective
    constant = sweeps.point("apples-why", "fruit-tcvae-constant", beta=0.2).recipe.objective
    last = recipes.FRUIT["steps"] - 1
    for step in (0, 1500, last):
        assert plain.beta(step) == recipe.alpha(step)
        weights = [at(weight, step) for weight in (constant.alpha, constant.beta, constant.gamma)]
        assert weights == [recipe.alpha(last), recipe.beta(last), recipe.gamma(last)]


def test_the_worlds_of_the_studies():
    """Of `square` x and y alike, all else as in the small sprites; of `further` five latents, and what README says."""
    square, small = ({f.name: f.values for f in world.factors} for world in (recipes.square(), Sprites.small()))
    assert square["x"] == square["y"] == small["x"] and square["orientation"] == small["orientation"]
    three, five = (
        sweeps.point("further", f"{name}-tcvae", beta=0.2).recipe for name in ("three-fruits", "five-places")
    )
    assert three.vae["latent_dim"] == five.vae["latent_dim"] == 5
    assert three.world().factor_sizes == (3, 16, 16) and five.world().factor_sizes == (2, 16, 16, 5)
    assert sweeps.point("further-why", "halfway-fruits-tcvae", beta=0.2).recipe == replace(
        three, about="fruit of two shapes and one halfway", world=studies.halfway_fruits
    )
    for recipe in (three, five):  # no small black apple, and all else
        held = recipe.world().held_out
        assert (held[:, 0] == 0).all() and held[:, 1].max() == 3 and held[:, 2].min() == 12
        assert len(held) == 16 * recipe.world().factor_sizes[-1] // (16 if recipe is three else 1)


def directions(world):
    """The largest eigenvalues of the pixels' covariance over σ², and the share of each that every factor explains."""
    pixels = world.images(torch.float32, device="cpu").flatten(1)
    left, singular, _ = svds((pixels - pixels.mean(dim=0)).numpy(), k=6, random_state=0)
    left, singular = torch.from_numpy(left[:, ::-1].copy()), torch.from_numpy(singular[::-1].copy())
    shares = torch.zeros(6, len(world.factors))
    for k, column in enumerate(world.all_factors().T):
        for value in column.unique():
            some = column == value
            shares[:, k] += some.double().mean() * left[some].mean(dim=0).square() * len(pixels)
    return singular.square() / len(pixels) / 0.3**2, shares


def test_what_the_pixels_of_fruit_say_before_any_training():
    two, shares = directions(recipes.without_small_black_apples())
    assert two[:4].tolist() == pytest.approx([159, 86, 51, 29], rel=0.02) and shares[:3].argmax(1).tolist() == [1, 2, 0]
    three, shares = directions(studies.three_fruits())
    assert three[[2, 3]].tolist() == pytest.approx([57, 33], rel=0.02) and shares[[2, 3]].argmax(1).tolist() == [0, 0]
    assert float(shares[0, 0]) == pytest.approx(1 / 8, abs=0.03)
    halfway, shares = directions(studies.halfway_fruits())
    assert halfway[:3].tolist() == pytest.approx([159, 85, 34], rel=0.02) and shares[:3].argmax(1).tolist() == [1, 2, 0]
    five, shares = directions(studies.fruits_in_five_places())
    assert five[[0, 3, 4]].tolist() == pytest.approx([232, 48, 31], rel=0.02)
    assert shares[[0, 3, 4]].argmax(1).tolist() == [3, 3, 3]
    assert float(shares[:, 0].max()) < 0.5


def test_seconds_are_those_of_the_training(small, monkeypatch):
    clock = iter([100.0, 107.04])
    monkeypatch.setattr(sweeps.time, "process_time", lambda: next(clock))
    assert sweeps.run(sweeps.points("tiny")[0])["cpu_seconds"] == 7.0


def test_dask_is_a_setting_of_joblib(small, tmp_path):
    distributed = pytest.importorskip("distributed", reason="dask.distributed is the extra [cluster]")
    inside = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "dashboard_address": None}
    with distributed.Client(**inside) as client, joblib.parallel_config(backend="dask", client=client):
        path = do(tmp_path, seeds=1)
    assert len(results.read("tiny", path.parent)) == 4


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "words, told",
    [
        (["nope"], f"error: name must be one of {', '.join(map(repr, sweeps.SWEEPS))}; got 'nope'"),
        (["fronts", "--seeds", "0"], "error: seeds must be at least 1; got 0"),
        (["fronts", "--steps", "-3"], "error: steps must be at least 1; got -3"),
    ],
)
def test_a_mistake_is_told_in_one_line(words, told, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["dvlab", "sweep", *words])
    with pytest.raises(SystemExit) as end:
        __main__.main()
    assert end.value.code == told  # sys.exit prints it on stderr and exits with 1


@pytest.mark.bad_input
def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no table 'fronts' \(there is none\)"):
        results.read("fronts", tmp_path)
    with pytest.raises(ValueError, match="no point with objective='beta-vae-cooled', beta=3"):
        sweeps.point("fronts", "beta-vae-cooled", beta=3)


@pytest.mark.parametrize(
    "changed",
    [
        {"world": lambda: Sprites(shapes="square", scales=2, orientations=[0.0], x=4, y=4, size=16, antialias=True)},
        {"training": TRAINING | {"learning_rate": 1e-3}},
        {"vae": {"latent_dim": 3, "hidden": (17,)}},
        {"vae": {"latent_dim": 3, "hidden": (16,), "likelihood": "gaussian", "sigma": 0.1}},
        {"draw": Pairs(16)},
    ],
    ids=lambda changed: ", ".join(changed),
)
def test_a_row_is_no_other_recipes_row(small, monkeypatch, changed):
    """What a row is made from tells apart all that can make it another: else a sweep would take it for done."""

    def made_from(**change):
        vae = {"latent_dim": 3, "hidden": (16,)}
        given = {"world": tiny_world, "training": TRAINING, "vae": vae, "draw": None} | change
        recipe = recipes.Recipe("a test", objective=BetaVAE(1), **given)
        monkeypatch.setitem(recipes.RECIPES, "sprites-beta-vae", recipe)
        cooled = ("sprites-beta-vae", given["training"], lambda beta, steps: BetaVAE(beta))
        monkeypatch.setitem(sweeps.METHODS, "beta-vae-cooled", cooled)
        return sweeps._made_from(sweeps.point("tiny", "beta-vae-cooled", beta=1))

    assert made_from() == made_from() != made_from(**changed)


def test_a_row_is_no_other_seeds_row(small):
    same = [p for p in sweeps.points("tiny") if (p.objective, p.beta) == ("beta-vae-cooled", 1)]
    one, other = (sweeps._made_from(point) for point in same)
    assert {name for name in one if one[name] != other[name]} == {"seed"}
