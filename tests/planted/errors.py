"""Errors of one line each that the tests shall notice: run.py plants them, test_errors.py keeps the list true.

Each stands where a person could have made it: a sign, an axis, a default, a seed, nats for bits, an option ignored.
Not here: what changes nothing that is promised, such as another order of equal sums.
"""

from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Planted(NamedTuple):
    file: str  # under dvlab/
    old: str  # stands in the file exactly once
    new: str
    tests: str  # what pytest is given

    def plant(self, text: str) -> str:
        """The file's text with the error in it."""
        if text.count(self.old) != 1:
            raise ValueError(f"dvlab/{self.file} must hold {self.old!r} once; it does {text.count(self.old)} times")
        return text.replace(self.old, self.new)


def number_in(file: str, column: str) -> tuple[str, str]:
    """A row in the middle of a table, and the row with another number in this column."""
    rows = [line for line in (ROOT / "dvlab" / file).read_text("utf-8").splitlines() if not line.startswith("#")]
    at = rows[0].split(",").index(column)
    row = rows[len(rows) // 2]
    cells = row.split(",")
    cells[at] = f"{1.07 * float(cells[at]) + 0.003:.6g}"
    return row, ",".join(cells)


def planted() -> list[Planted]:
    return [
        Planted(file, old, new, " ".join(f"tests/{test}" for test in tests.split()))
        for (file, tests), errors in ERRORS.items()
        for old, new in errors
    ]


# A file under dvlab/ and the tests under tests/ that shall notice: pairs of a text in the file and the wrong text.
ERRORS = {
    ("training.py", "test_training.py"): [
        ("generator = torch.Generator().manual_seed(seed)", "generator = torch.Generator().manual_seed(0)"),
        ("with torch.autocast(device.type, enabled=False):", "with nullcontext():"),
        ("objective.restore(learned)", "objective.begin(vae.latent_dim, device)"),
        ("(step + 1) % checkpoint_every == 0", "step % checkpoint_every == 0"),
        ("if batch_size > len(images):", "if False:"),
        ("seed, group", "0, group"),
        ("step=step, dataset_size=dataset_size, **told)", "step=0, dataset_size=dataset_size, **told)"),
        ("z, step, len(images), told)", "z, step, batch_size, told)"),
        ("step), least=0)", "0), least=0)"),
        ("            optimiser.zero_grad()\n", ""),
        ("                objective.after_step(z)\n", "                pass\n"),
        ("interrupted=record.steps < steps", "interrupted=False"),
        ("not vae.standardised:\n        vae.standardise(images)", "False:\n        vae.standardise(images)"),
    ],
    ("training.py", "test_training_input.py"): [
        ('"data": fingerprint(data)}', '"data": ""}'),
        ("_check_weights(vae.state_dict() | learned, step)", "_check_weights(learned, step)"),
        ('run |= {"learning_rate": checkpoints.describe("learning_rate", rate)}', "pass"),
        ("        vae.train(before)\n", "        vae.train()\n"),
    ],
    ("training.py", "test_threads.py"): [
        ('one_thread() if device.type == "cpu" and vae.config["network"] == "mlp" else nullcontext', "nullcontext"),
    ],
    ("_batches.py", "test_training.py"): [
        ("* 1_000_003 + epoch) % 2**63", "* 1_000_003) % 2**63"),
        ("k * self.batch_size : (k + 1) * self.batch_size]", ": self.batch_size]"),
    ],
    ("schedules.py", "test_schedules.py"): [
        ("share = (step - a) / (b - a)", "share = (step - a) / b"),
        ("(self.end + (1 - self.end) *", "(self.end + "),
        ("max(self.steps - 1 - self.warmup, 1)", "max(self.steps - self.warmup, 1)"),
        ("Geometric(((hold, start), (hold + steps, end)))", "Geometric(((0, start), (hold + steps, end)))"),
        ("return Linear(((hold, start), (hold + steps, end)))", "return Linear(((0, start), (hold + steps, end)))"),
        ("step) for weight in self.weights)", "0) for weight in self.weights)"),
        ("return self.peak * (step + 1) / (self.warmup + 1)", "return self.peak"),
        ("WarmupCosine(peak, steps, min(warmup, steps // 10), end)", "WarmupCosine(peak, steps, warmup, end)"),
        ("(1 + cos(pi * min(done, 1.0))) / 2", "(1 - min(done, 1.0))"),
        ("min(done, 1.0)", "done"),
        ("if any(value <= 0 for", "if any(value < 0 for"),
        (
            'number(f"a weight (at step {step})", weight(step) if callable(weight) else weight)',
            "weight(step) if callable(weight) else weight",
        ),
    ],
    ("objectives/_losses.py", "objectives/test_weights_move.py"): [
        ("at(self.weight, step) * columns", "at(self.weight, 0) * columns"),
        ("at(self.lambda_od, step)", "at(self.lambda_od, 0)"),
    ],
    ("objectives/_losses.py", "objectives/test_losses.py"): [
        ("q.variance.mean(dim=0).diag()", "q.stddev.mean(dim=0).diag()"),
        ("at(self.capacity, step)", "at(self.capacity, 0)"),
        ("(beta - alpha) * total_correlation", "(beta - 1) * total_correlation"),
        ("(gamma - alpha) * dimension_wise", "(gamma - 1) * dimension_wise"),
        ('(terms["kl"] - at(self.capacity, step)).abs()', '(terms["kl"] - at(self.capacity, step)).square()'),
        ("covariance = centred.T @ centred / len(centred)", "covariance = centred.T @ centred / (len(centred) - 1)"),
        ("(px.mean - x).sum(dim=2)", "(px.mean - x).sum(dim=3)"),
        ("((0, 0.0), (2000, 25.0))", "((0, 0.0), (20000, 25.0))"),
    ],
    ("objectives/_losses.py", "objectives"): [
        ("1)).mean()", "1)).mean().clamp(min=0)"),
    ],
    ("objectives/_terms.py", "objectives/test_losses.py"): [
        ("-px.log_prob(x).sum() / len(x)", "-px.log_prob(x).mean()"),
    ],
    ("objectives/_factor_vae.py", "objectives/test_factor_vae_objective.py"): [
        ("        self.optimiser.zero_grad()  # the model's step has left gradients there, too\n", ""),
        ("lr=self.learning_rate", "lr=1e-3"),
        ("torch.default_generator.manual_seed(self.seed)", "torch.default_generator.manual_seed(0)"),
        ("torch.Generator().manual_seed(self.seed)", "torch.Generator().manual_seed(0)"),
        ("BETAS = (0.5, 0.9)", "BETAS = (0.9, 0.999)"),
        ("()).mean()", "()).mean().clamp(min=0)"),
        ("(-real).mean() + softplus(permuted).mean())", "(real).mean() + softplus(-permuted).mean())"),
        ("z = z.detach().float()", "z = z.float()"),
        ("generator) for _ in range(z.shape[1])], dim=1)", "generator)] * z.shape[1], dim=1)"),
        ('        self.generator.set_state(tensors["generator"])\n', ""),
        ("at(self.gamma, step)", "at(self.gamma, 0)"),
    ],
    ("objectives/_ada_gvae.py", "objectives/test_ada_gvae.py"): [
        ("return divergence < threshold", "return divergence > threshold"),
        ("q.stddev[i::2]", "q.stddev[::2]"),
        ("part.mean(dim=1, keepdim=True), part)", "part, part.mean(dim=1, keepdim=True))"),
        ("mean, variance.sqrt()", "mean, variance"),
        ("/ 2\n    return divergence < threshold", "\n    return divergence < threshold"),
        ("(q.mean, q.variance))", "(q.mean, q.stddev))"),
    ],
    ("objectives/_ada_gvae.py", "objectives/test_weights_move.py"): [
        ("at(self.beta, step)", "at(self.beta, 0)"),
    ],
    ("networks.py", "test_vae.py"): [
        ("SiLU()]", "ReLU()]"),
        ("*decoder[:-1])", "*decoder)"),
        ("nn.Linear(a, b), nn.SiLU())]", "nn.Linear(a, b), nn.ReLU())]"),
    ],
    ("vae.py", "test_vae.py"): [
        ("(images - self.centre) / self.scale", "images / self.scale"),
        ("(images - self.centre) / self.scale", "(images - self.centre)"),
        ("randperm(len(images), generator=torch.Generator().manual_seed(0))", "arange(len(images))"),
        ("max(variance, 1e-6) ** 0.5", "max(variance, 1e-6)"),
        ("centre.clamp(1e-3, 1 - 1e-3).logit()", "centre"),
        ("log_sigma.exp(), validate_args=False)", "(0.5 * log_sigma).exp(), validate_args=False)"),
        ("codes[:, latent] = values.to(codes)", "codes[:, 0] = values.to(codes)"),
        ("+ self.pixel_bias\n", "\n"),
        ("torch.default_generator.manual_seed(seed)", "torch.default_generator.manual_seed(0)"),
        ("with torch.random.fork_rng(devices=[]):", "if True:"),
        ("return Normal(output, self.sigma, validate_args=False)", "return Normal(output, 1.0, validate_args=False)"),
    ],
    ("_posterior.py", "test_vae.py"): [
        ("return q.mean + q.stddev * noise.to(q.mean.device)", "return q.mean + q.variance * noise.to(q.mean.device)"),
    ],
    ("decomposition.py", "test_docstrings.py"): [
        ("ACTIVE = 0.05", "ACTIVE = 0.01"),
    ],
    ("decomposition.py", "test_decomposition.py"): [
        ("- D / 2 * math.log(2 * math.pi * math.e)", "- D / 2 * math.log(2 * math.pi)"),
        ("generator = torch.Generator().manual_seed(seed)", "generator = torch.Generator().manual_seed(0)"),
        ("spread / math.sqrt(len(values))", "spread / len(values)"),
        ("rest = values - controls @ slopes", "rest = values"),
        ("rest = values - controls @ slopes", "rest = values + controls @ slopes"),
        ("torch.randperm(N, generator=generator) for _", "torch.arange(N) for _"),
    ],
    ("aggregate.py", "test_aggregate.py"): [
        ("mean.contiguous().median", "mean.median"),
        ("N), math.log((N - 1) / (N * (B - 1)))", "B), math.log((N - 1) / (N * (B - 1)))"),
        ("own, other = -math.log(N), math.log((N - 1) / (N * (B - 1)))", "own = other = -math.log(B)"),
        ("own = other = -math.log(N * B)", "own = other = -math.log(B)"),
        ("grad_sigma = (gu.mul_(u).sum(1) - g.sum(1)) / sigma", "grad_sigma = gu.mul_(u).sum(1) / sigma"),
        ("g += joint * grad_joint[:, None]", "g -= joint * grad_joint[:, None]"),
        ("torch.finfo(torch.float32).eps < 0.05", "torch.finfo(torch.float32).eps < 50"),
        ("- math.log(len(mean))).to(result)", ").to(result)"),
        ("total = total * torch.exp2(top - new) + x.sum(1)", "total = total + x.sum(1)"),
    ],
    ("quadrature.py", "test_quadrature.py"): [
        ("(4 * m2 - m4) / 6", "(4 * m2 + m4) / 6"),
        ("np.maximum(count, 1)[:, None]", "len(labels)"),
        ("reached[:-1]))", "high[order][:-1]))"),
        ("δ**4 + 6 * δ**2 * v + 3 * v**2", "δ**4 + 6 * δ**2 * v + 2 * v**2"),
        ("δ**4 + 6 * δ**2 * v + 3 * v**2", "δ**4 + 3 * v**2"),
        ("δ**3 + 3 * δ * v", "δ**3"),
        ("_REACH = 8.0", "_REACH = 4.0"),
        ("density[:, np.append(shores, shores + 1)] = 0", "pass"),
    ],
    ("_tensors.py", "test_checkpoints.py"): [
        (" {tuple(tensor.shape)}", ""),
        ("numpy(), checksum)", "numpy())"),
        ("checksum = zlib.crc32(text.encode())", "checksum = 0"),
    ],
    ("checkpoints.py", "test_training.py"): [
        ('for what, saved, asked in (("model", metadata["config"], vae.config), (', "for what, saved, asked in (("),
        ('"terms": list(history)', '"terms": sorted(history)'),
        ('    tensors |= under("objective", objective)\n', ""),
        ('    generator.set_state(tensors["generator"])\n', ""),
    ],
    ("_state.py", "test_training.py"): [
        ('load_state_dict({"state": state,', 'load_state_dict({"state": {},'),
    ],
    ("checkpoints.py", "test_checkpoints.py"): [
        ('vague = " at 0x" in text or "..." in text', 'vague = " at 0x" in text'),
        ('vague = " at 0x" in text or "..." in text', 'vague = "..." in text'),
        ("return vae.to(device).eval()", "return vae.to(device)"),
    ],
    ("files.py", "test_files.py"): [
        ("json.loads(json.dumps(value), parse_constant=lambda name: None)", "json.loads(json.dumps(value))"),
        ("os.replace(part, path)", "part.rename(path) if not path.exists() else path.write_bytes(part.read_bytes())"),
        ("        _remove_leftovers(path)\n", ""),
        ("and not _runs(int(number))", ""),
    ],
    ("images.py", "test_images.py"): [
        ("images.to(torch.get_default_dtype()).div_(255)", "images.to(torch.get_default_dtype()).div_(256)"),
    ],
    ("history.py", "test_training.py"): [
        ('for name in [*(name for name in names if name != "loss"), "loss"]', 'for name in ["loss"]'),
        ("self.terms[name][-steps:].mean()", "self.terms[name].mean()"),
        ("self.terms[name][rows[-100:]].mean()", "self.terms[name][rows[-1]].mean()"),
        ("torch.cat([self.read_terms[name], new[name]])", "torch.cat([new[name], self.read_terms[name]])"),
    ],
    ("constrained.py", "test_linear.py"): [
        ("np.cumsum(log_λ) - 2 * delta", "np.cumsum(log_λ) - delta"),
        ("/ K).max())", "/ K)[-1])"),
    ],
    ("_gaussian.py", "test_linear.py"): [
        ("- distortion / (2 * sigma2)", "- distortion / sigma2"),
        ("np.linalg.slogdet(C)[1] - np.linalg.slogdet(S)[1]\n", "np.linalg.slogdet(C)[1]\n"),
    ],
    ("discrete.py", "test_linear.py"): [
        ("if delta >= solution(0.0).kl - 1e-12:", "if delta >= 1e9:"),
    ],
    ("kkt.py", "test_linear.py"): [
        ("found.multipliers[0]", "abs(found.fun)"),
    ],
    ("linear.py", "test_linear.py"): [
        ("math.sqrt(λ[pixel] - beta * sigma2)", "math.sqrt(λ[pixel])"),
    ],
    ("_linear_vae.py", "test_linear.py"): [
        ("noise = np.trace(self.W @ self.S_matrix @ self.W.T)", "noise = 0.0"),
        ("0.5 * float(np.log(variance).sum() - log_det)", "0.5 * float(log_det - np.log(variance).sum())"),
    ],
    ("metrics/_inputs.py", "metrics/test_inputs.py"): [
        ("np.all((squares > 1e-200) & (squares < 1e200))", "np.all(squares < 1e200)"),
        ("np.all((squares > 1e-200) & (squares < 1e200))", "np.all(squares > 1e-200)"),
    ],
    ("experiments/recipes.py", "results/test_tables.py"): [
        ("(2660, 2e-3), (3799, 4e-5)", "(1900, 2e-3), (3799, 4e-5)"),
        ("factors[:, 1] < 4", "factors[:, 1] < 5"),
        ('LONG = {"steps": 7500,', 'LONG = {"steps": 7000,'),
        ('"hidden": (512, 512)', '"hidden": (256, 512)'),
        ("factors[:, 2] >= 12", "factors[:, 2] >= 11"),
        ('"sigma": 0.1}', '"sigma": 0.2}'),
    ],
    ("experiments/recipes.py", "experiments/test_options.py"): [
        ("vae, _ = recipe.train(world, seed, device)", "vae, _ = recipe.train(world, 0, device)"),
    ],
    ("experiments/recipes.py", "zoo/test_zoo.py"): [
        ("card |= measure(zoo.halve(vae), world)", "card |= measure(vae, world)"),
    ],
    ("experiments/recipes.py", "experiments/test_sweeps.py"): [
        ("np.linspace(0, np.pi / 2, 16), x=places", "np.linspace(0, np.pi, 16), x=places"),
    ],
    ("experiments/recipe.py", "zoo/test_zoo.py"): [
        ("if history.interrupted:", "if False:"),
    ],
    ("experiments/recipe.py", "experiments/test_sweeps.py"): [
        ("vae = VAE(world.image_shape, seed=seed, **self.vae)", "vae = VAE(world.image_shape, **self.vae)"),
        ('training | {"seed": seed,', 'training | {"seed": 0,'),
        ("self.data(world, seed), self.objective", "self.data(world, 0), self.objective"),
        ('history.last()["loss"]', "history.loss[-1]"),
        ("round(EARLY * ", "round(0.1 * "),
        ("return min(losses, key=losses.get)", "return max(losses, key=losses.get)"),
        ("seed + 1000 * self.starts, 1000)", "seed + self.starts)"),
    ],
    ("experiments/schedules.py", "results/test_tables.py"): [
        ("linear(0.15, 0, steps=max(1, round(0.3 * steps))", "linear(0.3, 0, steps=max(1, round(0.3 * steps))"),
        ("fast = max(1, round(0.08 * steps))\n    return", "fast = max(1, round(0.1 * steps))\n    return"),
        ("(fast, 18), (max(fast + 1, round(0.65 * steps)), 1)", "(fast, 6), (max(fast + 1, round(0.65 * steps)), 1)"),
    ],
    ("experiments/studies.py", "results/test_tables.py"): [
        ("Pairs(4000)", "Pairs(400)"),
        ('("three-fruits", FRUIT, fruit_beta_tcvae)', '("five-places", FRUIT, fruit_beta_tcvae)'),
        ("alpha=0.03, gamma=0.03", "alpha=1.0, gamma=0.03"),
    ],
    ("widgets/js/explorer.js", "browser/test_page_offline.py::test_every_slider_moves_its_own_latent"): [
        ("code[order[r]] += value - from[r]", "code[r] += value - from[r]"),
        ("`z${subscript(j)} = ${fixed(code[j], 1)}`", "`z${subscript(j)} = ${fixed(code[0], 1)}`"),
    ],
    (
        "widgets/js/explorer.js",
        "browser/test_page_offline.py::test_a_factor_puts_the_sliders_where_the_encoder_is_and_bars_show_who_answers",
    ): [
        ("order.map(j => toStep(code[j]))", "order.map((j, r) => toStep(code[r]))"),
        ("if (moved >= 0) [moving, last] = [moved, start];", "last = start;"),
        ("Math.max(...codes.map(z => z[j])) - Math.min", "Math.max(...codes.map(z => z[j])) + Math.min"),
    ],
    (
        "widgets/js/explorer.js",
        "browser/test_page_offline.py::test_reset_surprise_and_the_same_distance_for_both_models",
    ): [
        ("code[j] = draw[r] ?? code[j]", "code[j] = draw[j] ?? code[j]"),
        ("const code = base(s), latents", "const code = base(0), latents"),
        ("from({ start: first.slice() })", 'from({ sample: model.get("sample") })'),
    ],
    (
        "widgets/js/bars.js",
        "browser/test_page_offline.py::test_a_factor_puts_the_sliders_where_the_encoder_is_and_bars_show_who_answers",
    ): [
        ("Math.min(spans[latents[i]], reach)", "Math.min(spans[i], reach)"),
        ("Math.max(kl[latents[i]], 0)", "Math.max(kl[i], 0)"),
        ("spans[b] > spans[a] ? b : a", "spans[b] < spans[a] ? b : a"),
    ],
    ("widgets/js/decoder.js", "browser/test_page_offline.py::test_the_decoder_in_the_page_is_torch_to_1e_5"): [
        ("!last ? sum * sigmoid(sum)", "!last ? Math.max(sum, 0)"),
        ("bernoulli ? sigmoid(sum) : sum", "sigmoid(sum)"),
        ("let sum = bias[i];", "let sum = 0;"),
        ("(w + low) * step", "w * step"),
    ],
    ("widgets/js/starts.js", "browser/test_page_offline.py::test_images_and_codes_of_a_world_are_the_models"): [
        ("at * sizes[k] + index", "at + sizes[k] * index"),
        ("value => value * facts.step", "value => value"),
    ],
    (
        "widgets/js/starts.js",
        "browser/test_page_offline.py::test_a_factor_puts_the_sliders_where_the_encoder_is_and_bars_show_who_answers",
    ): [
        ("Math.round(i * (size - 1) / (count - 1))", "i"),
    ],
    ("widgets/js/sprites.js", "browser/test_page_offline.py::test_sprites_are_drawn_as_in_python"): [
        ("[cos * dx - sin * dy, sin * dx + cos * dy]", "[cos * dx + sin * dy, -sin * dx + cos * dy]"),
        ("16 + 32 * values[3]", "15 + 32 * values[3]"),
        ("2 * Math.ceil(REACH", "Math.ceil(REACH"),
    ],
    ("widgets/js/recombine.js", "browser/test_page_offline.py::test_the_exchange_of_latents"): [
        ("code[j] = from[j]", "from[j] = code[j]"),
        ("facts.sliders.filter(each => each.trait === trait)", 'facts.sliders.filter(each => each.trait === "first")'),
    ],
    ("widgets/js/dom.js", "browser/test_page_offline.py::test_the_exchange_of_latents"): [
        ("values[each.at] = value;", "values[0] = value;"),
    ],
    ("widgets/js/water.js", "browser/test_page_offline.py::test_the_numbers_of_the_drawn_panels_are_pythons"): [
        ("0.5 * Math.log(value", "Math.log2(value"),
        ("Math.min(beta * noise, value)", "beta * noise"),
    ],
    ("widgets/js/rotations.js", "browser/test_page_offline.py::test_the_numbers_of_the_drawn_panels_are_pythons"): [
        ('mark.setAttribute("cy", right.y(curves[i][angle]))', 'mark.setAttribute("cy", right.y(curves[0][angle]))'),
        ("number.textContent = fixed(table[j][k], 2)", "number.textContent = fixed(table[j][0], 2)"),
    ],
    ("widgets/js/posteriors.js", "browser/test_page_offline.py::test_posteriors_and_bars_move"): [
        ("cholesky(1 - sigma ** 2, rho)", "cholesky(1, rho)"),
        ("ellipse(offset, 0, cholesky(1, rho), 2)", "ellipse(offset, 0, cholesky(1, rho), 1)"),
        ("Math.max(0, plane.x(terms[i]))", "Math.max(0, plane.x(terms[0]))"),
    ],
    ("widgets/js/frames.js", "browser/test_page_offline.py::test_frames_show_the_picture_of_their_value"): [
        ('i === index ? "block"', 'i === 0 ? "block"'),
        ("facts.captions[index]", "facts.captions[0]"),
    ],
    ("worlds/halfway.py", "worlds/test_halfway.py"): [
        ("images[halfway] = (images[halfway] + other) / 2", "images[halfway] = other"),
        ("grapes[:, 0] = GRAPES", "grapes[:, 0] = APPLE"),
        ("apples[halfway, 0] = APPLE", "apples[halfway, 0] = GRAPES"),
    ],
    ("experiments/studies.py", "experiments/test_sweeps.py"): [
        ("HalfwayFruit().hold_out(small_black_apples)", "three_fruits()"),
        ('"latent_dim": 5}', '"latent_dim": 6}'),
        ("x=64, y=48", "x=48, y=48"),
    ],
    ("experiments/sweeps.py", "experiments/test_sweeps.py"): [
        ("recipe.train(world, point.seed, device", "recipe.train(world, 0, device"),
        ('"early": EARLY}', '"early": 0}'),
        ('for part in ("training", "vae"):', 'for part in ("training",):'),
        ('"seed": point.seed,\n    }', "}"),
        ("time.process_time() - start", "time.process_time()"),
        ("    if recipe.draw is not None:\n        made_from", "    if False:\n        made_from"),
    ],
    ("experiments/evaluation.py", "experiments/test_runs.py zoo"): [
        ("-rest - terms.total,", "-rest + terms.total,"),
    ],
    ("experiments/evaluation.py", "zoo experiments/test_runs.py"): [
        ("information = kl - terms.dimension_wise", "information = kl"),
    ],
    ("experiments/evaluation.py", "experiments/test_options.py experiments/test_runs.py"): [
        ("data), seed=seed)", "data), seed=0)"),
        ("categorical=_in_words(data), seed=seed)", "seed=seed)"),
        ("_figures(vae, data, q, terms, seed)\n    save", "_figures(vae, data, q, terms, 0)\n    save"),
    ],
    (
        "experiments/settings.py",
        "experiments/test_options.py experiments/test_runs.py experiments/test_runs_input.py",
    ): [
        ("settings.cool_from or usual.vae_start", "usual.vae_start"),
        ("settings.cool_from or usual.tcvae_start", "usual.tcvae_start"),
        ("settings.beta or usual.least", "usual.least"),
        ('if name in ("steps", "batch_size", "seed")', 'if name in ("steps", "batch_size")'),
        ('if name in ("steps", "batch_size", "seed")', 'if name in ("steps", "seed")'),
        ('network | {"seed": settings.seed}', "network"),
        ("read_images(name, size or 32)", "read_images(name, 32)"),
    ],
    ("experiments/runs.py", "experiments/test_options.py experiments/test_runs.py experiments/test_runs_input.py"): [
        ('!= (then := config["settings"].get("data")):', "== None:"),
        ('"checkpoint_every": save_every}', '"checkpoint_every": 500}'),
    ],
    ("experiments/runs.py", "experiments/test_runs.py"): [
        ("    if not history.interrupted:\n", "    if True:\n"),
    ],
    ("experiments/training_sets.py", "experiments/test_training_sets.py"): [
        ("self.sessions, a.shape[1], generator=generator", "1, a.shape[1], generator=generator"),
        ("(0.1 + 0.4 * width[:, None])", "(0.4 * width[:, None])"),
        ("(2 * self.width**2)", "(self.width**2)"),
        ("change(first, 1,", "change(first, 2,"),
        ("seed))\n        return _bytes", "0))\n        return _bytes"),
    ],
    ("results/__init__.py", "experiments/test_sweeps.py"): [
        ('found["made_from"] == made_from and ', ""),
        ('order=["beta", "seed"]', 'order=["seed", "beta"]'),
        ('f"{value:.6g}"', 'f"{value:.3g}"'),
    ],
    ("results/paired.py", "test_paired.py"): [
        ("differences = ours - theirs", "differences = theirs - ours"),
        ("if np.ptp(differences) == 0:", "if np.ptp(ours) == 0:"),
        ('spec or "+.2f"', '"+.2f"'),
        ("confidence_interval(level)", "confidence_interval(0.9)"),
        ("stats.ttest_rel(ours, theirs)", "stats.ttest_ind(ours, theirs)"),
        ("return self.low > 0 or self.high < 0", "return self.low > 0"),
    ],
    ("zoo/__init__.py", "zoo/test_zoo.py"): [
        ("half=True", "half=False"),
        ("tensor.data.copy_(tensor.half())", "pass"),
    ],
    ("cli/models.py", "experiments/test_runs.py"): [
        ("if history.interrupted:", "if False:"),
    ],
    ("cli/models.py", "experiments/test_options.py"): [
        ("sweeps.sweep(name, out, runs, jobs", "sweeps.sweep(name, out, Path('.runs'), jobs"),
        ("folder = out or own or", "folder = own or out or"),
        ("found = evaluation.evaluate(vae, data, folder, seed)", "found = evaluation.evaluate(vae, data, folder, 0)"),
    ],
    ("cli/models.py", "experiments/test_options.py experiments/test_runs.py experiments/test_runs_input.py"): [
        ("jobs=jobs, device=device, **size", "jobs=jobs, device=device"),
        ("jobs=jobs, device=device, **size", "jobs=-1, device=device, **size"),
    ],
    ("cli/codes.py", "cli/test_codes.py"): [
        ('if lines and "" in entries', 'if False and "" in entries'),
        ("if len(parts) > 1 and", "if False and"),
        ("reading.reader(text.splitlines(), skipinitialspace=True)", "reading.reader(text.splitlines())"),
        ("if lines and not any(map(_is_number, lines[0])):", "if lines:"),
        ('judged = found.verdicts[:, m] != "no truth"', 'judged = found.verdicts[:, m] == "passes"'),
        ("fit_on=fit_on, seed=seed", "fit_on=fit_on"),
        ("fit_on=fit_on, seed=seed", "seed=seed"),
        ("categorical=tuple(categorical), ", ""),
    ],
    ("cli/errors.py", "cli/test_codes.py experiments/test_runs_input.py"): [
        ("isinstance(error, ValueError | TypeError | IndexError | OSError) and _raised_by_us(error)", "True"),
    ],
    ("__main__.py", "experiments/test_runs_input.py"): [
        ("if len(words) < len(sys.argv) - 1 or not", "if not"),
    ],
    ("__main__.py", "experiments/test_options.py"): [
        ("out or recipes.REBUILT", "recipes.REBUILT"),
    ],
    ("results/fronts.csv", "results/test_tables.py"): [
        number_in("results/fronts.csv", "mig_x"),
    ],
    ("results/seeds.csv", "results/test_tables.py"): [
        number_in("results/seeds.csv", "reconstruction"),
    ],
    ("results/pairs.csv", "results/test_tables.py"): [
        number_in("results/pairs.csv", "mig"),
    ],
    ("results/apples.csv", "results/test_tables.py"): [
        number_in("results/apples.csv", "swap_strict"),
    ],
    ("results/further.csv", "results/test_tables.py"): [
        number_in("results/further.csv", "total_correlation"),
    ],
    ("results/court.csv", "metrics/test_court.py"): [
        number_in("results/court.csv", "score"),
    ],
    ("results/square.csv", "results/test_tables.py"): [
        number_in("results/square.csv", "dci_completeness"),  # only to train it again would tell
    ],
    ("zoo/sprites-vae.json", "zoo/test_zoo.py"): [
        ('"active_latents": ', '"active_latents": 1'),
    ],
    ("zoo/sprites-beta-vae.json", "zoo/test_zoo.py"): [
        ('"seed": 0', '"seed": 1'),
    ],
    ("worlds/fruit.py", "worlds/test_fruit.py"): [
        ("pixel - x[:, None]", "x[:, None] - pixel"),
    ],
    ("worlds/_factors.py", "worlds/test_dsprites.py"): [
        ("place = place * size + column", "place = place + size * column"),
    ],
    ("worlds/base.py", "worlds/test_world.py"): [
        ("(255 * drawn).round_()", "(255 * drawn)"),
    ],
    ("worlds/_pairs.py", "worlds/test_world.py"): [
        ("[kept[tuple(second.T)]]", ""),
        ("step = 1 + (", "step = ("),
    ],
    ("worlds/sprites.py", "worlds/test_sprites.py"): [
        ("cos * dx - sin * dy, sin * dx + cos * dy", "cos * dx + sin * dy, cos * dy - sin * dx"),
    ],
    ("metrics/_dci.py", "metrics/test_dci.py"): [
        ("R[alive, k] = fit.importance", "R[alive, k] = np.sqrt(fit.importance)"),
    ],
    ("metrics/_split.py", "metrics/test_split.py"): [
        ("(z[parts.test] - mean) / deviation", "(z[parts.test] - z[parts.test].mean(axis=0)) / deviation"),
        ("return Split(order[test:], order[:test])", "return Split(order[test:], order[test:])"),
    ],
    ("metrics/_regressors.py", "test_threads.py"): [
        ("@one_blas_thread\ndef lasso", "def lasso"),
    ],
    ("metrics/_regressors.py", "metrics/test_dci.py"): [
        ("np.geomspace(1, 1e-5, 100)", "np.geomspace(1, 1e-3, 100)"),
        ("excess.std(axis=0, ddof=1)", "excess.std(axis=0)"),
        ("if strongest < 1e-12:", "if strongest < 0:"),
        ("(z[test] - mean) @ W - (g[test] - mean_g)[:, None]", "z[test] @ W - g[test][:, None]"),
        ("errors[:, [errors.mean(axis=0).argmin()]]", "errors[:, [-1]]"),
        ("tol=1e-8, max_iter=100_000", "tol=1e-2, max_iter=100_000"),
    ],
    ("metrics/_modularity.py", "test_threads.py"): [
        ("@one_blas_thread\n", ""),
    ],
    ("metrics/_beta_vae.py", "test_threads.py"): [
        ("@one_blas_thread\n", ""),
    ],
    ("checks/calls.py", "checks/test_comparison.py"): [
        ("    patience = 4 ", "    patience = 0 "),
        ("        _take_back(thread.ident)\n", "        pass\n"),
    ],
    ("objectives/_ivae.py", "objectives/test_ivae.py"): [
        ("(-2 * log_sigmas)", "(-log_sigmas)"),
        ("self.means[u], self.log_sigmas[u]", "self.means[u], self.log_sigmas[0 * u]"),
        ("        self.optimiser.zero_grad()\n", ""),
        ("lr=self.learning_rate", "lr=2e-3"),
    ],
    ("objectives/_factorised_support.py", "objectives/test_factorised_support.py"): [
        (".amin(dim=2)", ".amax(dim=2)"),
        ("nearest.argmax()", "nearest.argmin()"),
        ("correction=0) + q.variance", "correction=0) + 0 * q.variance"),
    ],
    ("worlds/striped.py", "worlds/test_striped.py"): [
        ("/ math.sqrt(len(t))", "/ len(t)"),
        ("images.add_((1 - images) * ground)", "images.add_(ground)"),
    ],
    ("experiments/quantised.py", "experiments/test_quantised.py"): [
        ("z + (codes - z).detach()", "codes"),
        ("(z - codes.detach())", "(z - codes)"),
        (".abs().argmin(dim=2)", ".argmin(dim=2)"),
    ],
    ("metrics/_factor_vae.py", "metrics/test_factor_vae.py"): [
        ("votes, evaluation = count(), count()", "votes = evaluation = count()"),
        ("np.inf).argmin(axis=1)", "-np.inf).argmax(axis=1)"),
        ("z = z / np.where(alive, z.std(axis=0), 1)", "z = z"),
    ],
    ("metrics/_sap.py", "metrics/test_sap.py"): [
        ("[0, 1] ** 2)", "[0, 1])"),
        ("[S[0, k], chance]", "[S[0, k], 0.0]"),
        ("standardised(z_j[:, None], parts)", "(z_j[parts.train, None], z_j[parts.test, None])"),
        ('class_weight="balanced", ', ""),
    ],
    ("metrics/_chance.py", "metrics/test_infomec.py"): [
        ("rng.permutation(cell)", "rng.permuted(cell, axis=0)"),
        ("np.where(varies, z.std(axis=0), 1)", "1"),
    ],
    ("metrics/_discriminant.py", "metrics/test_infomec.py"): [
        ("0.5 * max(ln_tau, 0) ** 2", "0.0"),
    ],
    ("metrics/_mig.py", "metrics/test_mig.py"): [
        ("rng.permuted(cell, axis=0)", "rng.permutation(cell, axis=0)"),
    ],
    ("metrics/_mutual_information.py", "metrics/test_mutual_information.py"): [
        ("twice_rank = 2 * np.cumsum(size) - size + 1", "twice_rank = 2 * np.cumsum(size)"),
    ],
    ("metrics/recombination.py", "metrics/test_recombination.py"): [
        ("torch.tensor(world.factor_sizes) - 1 - held", "torch.tensor(world.factor_sizes) - held - 1 + (held > 0)"),
        ("argmin(1), torch.arange", "argmax(1), torch.arange"),
        (".mean[:, latents[take]]", ".sample()[:, latents[take]]"),
        ("inside = (nearest[:, None] == held).all(-1).any(-1)", "inside = (nearest[:, None] == held).any(-1).any(-1)"),
        ("double())", "double(), p=1)"),
    ],
    ("threads.py", "test_threads.py"): [
        ("torch.set_num_threads(before)", "pass"),
        ("with torch.no_grad():", "if True:"),
    ],
    ("validation/_arrays.py", "test_validation.py"): [
        ("np.abs(array).max() >= largest", "array.max() >= largest"),
    ],
    ("validation/_values.py", "test_validation.py"): [
        ('"below": lambda b: found < b', '"below": lambda b: found <= b'),
        ('f"{name} must be at most {most:,}; got {value}"', 'f"{name} must be at most {value:,}; got {most}"'),
        ("if value < least:", "if value < 0:"),
        ("if isinstance(value, bool) or not", "if not"),
        ("most=2**63 - 1)", "most=None)"),
    ],
    ("validation/_arrays.py", "test_decomposition.py"): [
        ("if not bool((sigma > 0).all()):", "if not bool((sigma >= 0).all()):"),
    ],
    ("checks/comparison.py", "checks/test_comparison.py"): [
        ("least = min(wrong,", "least = max(wrong,"),
        ("0] + 1}", "0]}"),
        ("if got not in (mistake.name, *mistake.alike):", 'if got == "passed":'),
        ("rng = np.random.default_rng(seed)", "rng = np.random.default_rng(0)"),
    ],
    ("checks/arrays.py", "checks/test_comparison.py"): [
        ("'high' if np.mean(a - b) > 0 else 'low'", "'high' if np.mean(a - b) < 0 else 'low'"),
        ('times = f"{np.mean(a / b):.4g}"', 'times = f"{np.mean(b / a):.4g}"'),
        ("return a.shape == b.shape and np.allclose", "return a.size == b.size and np.allclose"),
    ],
    ("checks/ex02/gaussians.py", "checks/test_ex02.py"): [
        ('Mistake("sum over images", lambda mu, sigma: closed_kl', 'Mistake("wrong sign", lambda mu, sigma: closed_kl'),
        ('(x - m) ** 2 / (2 * s**2)).sum(-1), "only the square', '(x - m) ** 2 / s**2).sum(-1), "only the square'),
    ],
    ("checks/ex04/three_parts.py", "checks/test_ex04.py"): [
        ("terms([MI, minus(TC), DIM])", "terms([MI, TC, DIM])"),
    ],
    ("checks/ex07/spread.py", "checks/test_ex07.py"): [
        ("2 - concentration(R, axis)", "1 - concentration(R, axis)"),
    ],
    ("checks/ex08/swap.py", "checks/test_ex08.py"): [
        ("c).argmax", "c).argmin"),
        ('Mistake("averaged", lambda a, b, o, k: (a + b) / 2', 'Mistake("added", lambda a, b, o, k: (a + b) / 2'),
    ],
    ("grading/table.py", "grading/test_table.py"): [
        ("for g in those) / len(those)", "for g in those) / len(grades)"),
        ("by_hand = sum(g.by_hand > 0 for g in those)", "by_hand = sum(g.by_hand for g in those)"),
        ("text.lstrip()[:1] in", "text[:1] in"),
        ("worth = {name: max(", "worth = {name: min("),
        ('"" if grade.status == "graded" else grade.status', '""'),
    ],
    ("grading/grade.py", "grading/test_grade.py"): [
        ('f"{pile.package} {asdict(pile.limits)}"', 'f"{pile.package}"'),
        ("if not again and (old", "if (old"),
    ],
    ("grading/feedback.py", "grading/test_feedback.py"): [
        ("safe.replace('href=\"data:', 'data-href=\"')", "safe"),
        ("lines.append(f\"<p>{known['by_hand']:g} points", "lines.append(f\"<p>{known['score']:g} points"),
        ('"full" if score == points else "none"', '"none" if score == points else "full"'),
        ('got = "to be read" if score is None', 'got = "to be read" if not score'),
    ],
    ("grading/submissions.py", "grading/test_submissions.py"): [
        ("    chosen = [path for path in chosen if path.name == name] or chosen\n", ""),
        ("in enumerate(text.splitlines(), 1)", "in enumerate(text.splitlines())"),
        ('"utf-16-le" if data[:1] != b"\\0" else "utf-16-be"', '"utf-16-be" if data[:1] != b"\\0" else "utf-16-le"'),
        ("if path.is_symlink() and not inside(path, folder):\n            left_out", "if False:\n            left_out"),
    ],
    ("grading/kernel.py", "grading/test_kernel.py"): [
        ("STARTS = 5", "STARTS = 1"),
    ],
    ("grading/sandbox.py", "grading/test_sandbox.py"): [
        ('{name for name in names if ".pyc." in name}', "set()"),
        ('left_out = {"grading"} if checks else {"grading", "checks"}', 'left_out = {"grading"}'),
        ("kept = {name: os.environ[name] for name in KEPT if name in os.environ}", "kept = dict(os.environ)"),
    ],
    ("grading/confine.py", "grading/test_sandbox.py"): [
        ("int(memory_gb * 2**30)", "int(memory_gb * 10 * 2**30)"),
        ("(folder, rights),", '(Path("/"), rights),'),
    ],
    ("grading/values.py", "grading/test_values.py"): [
        ("default=... if default else inspect", "default=... if not default else inspect"),
        ("weight.data = decode(left, ask)", "pass"),
    ],
    ("grading/pile.py", "grading/test_grade.py"): [
        ('paths = [path for path in paths if path.stem == name.partition("_")[2]] or paths', "paths = paths"),
    ],
    ("grading/assemble.py", "grading/test_assemble.py"): [
        ("released[name].strip() == cell.source.strip()", "original.source.strip() == cell.source.strip()"),
        ("return chain[::-1]", "return chain"),
    ],
    ("grading/release.py", "grading/test_release.py"): [
        ('opened = what if edge == "BEGIN" else None', "opened = None"),
        ('"dvlab/grading", "tests/checks"', '"tests/checks"'),
    ],
    ("widgets/toys.py", "widgets/test_toys.py"): [
        ("0.5 * log_det - 2 * np.log(sigma)", "0.5 * log_det - np.log(sigma)"),
        ("float(offset**2 / 2)", "float(offset**2)"),
        ("np.linalg.cholesky(aggregate - sigma**2 * np.eye(2))", "np.linalg.cholesky(aggregate)"),
        ("return 0.5 * np.log(self.eigenvalues", "return np.log(self.eigenvalues"),
    ],
    ("widgets/rotations.py", "widgets/test_toys.py"): [
        ("1) / np.log(self.levels)", "1) / np.log2(self.levels)"),
        ("2)).mean(axis=1), h(by_factor.mean(axis=1))", "1)).mean(axis=1), h(by_factor.mean(axis=2))"),
        ("return self.factors @ np.array([[c, -s], [s, c]]).T", "return self.factors @ np.array([[c, -s], [s, c]])"),
    ],
    ("widgets/traversal.py", "widgets/test_traversal.py"): [
        ("self.draws[self.sample - 1, :count]", "self.draws[self.sample - 2, :count]"),
        ("code[side.order[:count]] += moves[:count]", "code[:count] += moves[:count]"),
        ("np.floor(low * 10) / 10", "np.ceil(low * 10) / 10"),
        ("generator = torch.Generator().manual_seed(seed)", "generator = torch.Generator().manual_seed(0)"),
    ],
    ("widgets/traversal.py", "widgets/test_input.py"): [
        ("n % 100 in (11, 12, 13)", "n in (11, 12, 13)"),
    ],
    ("widgets/frames.py", "widgets/test_toys.py"): [
        ("(image.clip(0, 1) * 255).round()", "(image.clip(0, 1) * 255)"),
        ("if proposal.value >= len(self.images):", "if proposal.value > len(self.images):"),
    ],
    ("widgets/weights.py", "widgets/test_traversal.py"): [
        ("else vae.pixel_bias.flatten() for", "else 0 * vae.pixel_bias.flatten() for"),
        ("EXACT = 5e-6", "EXACT = 5e-3"),
        ("packed((weight - low).astype(np.uint32))", "packed(weight.astype(np.uint32))"),
    ],
    ("widgets/starts.py", "widgets/test_traversal.py"): [
        ("min(self.sizes[k], 12)).round()", "2).round()"),
        ("STEP = 2.0**-14", "STEP = 2.0**-6"),
        ("[*place[:k], int(value), *place[k + 1 :]]", "[*place[:0], int(value), *place[1:]]"),
    ],
    ("widgets/sides.py", "widgets/test_traversal.py"): [
        ("axes[1].barh(names, spans[latents]", "axes[1].barh(names, spans[: len(latents)]"),
    ],
    ("widgets/recombine.py", "widgets/test_traversal.py"): [
        ("[self.take] = second[self.take]", " = np.where(np.isin(np.arange(len(first)), self.take), first, second)"),
        ("if j in self.take)", "if j not in self.take)"),
    ],
    ("widgets/embed.py", "widgets/test_embed.py"): [
        ('.replace("<", "\\\\u003c")', ""),
        ('alt="{html.escape(alt)}"', 'alt="{alt}"'),
        ('facts.pop("layout", None)', "pass"),
    ],
    ("widgets/base.py", "widgets/test_base.py"): [
        ("(value - self.low) / (", "value / ("),
        ("* 255).round().to(torch.uint8)", "* 255).to(torch.uint8)"),
    ],
    ("widgets/still.py", "widgets/test_base.py"): [
        ("knob = start + share * TRACK", "knob = start + (1 - share) * TRACK"),
    ],
    ("widgets/packing.py", "widgets/test_traversal.py"): [
        (".T.tobytes()", ".tobytes()"),
    ],
    ("site/notebooks.py", "site/test_sources.py"): [
        ("min(len(found[1]), level + 1)", "min(len(found[1]), level)"),
        ("width, height = struct", "height, width = struct"),
    ],
    ("site/court.py", "site/test_sources.py"): [
        ('judged[row["metric"]] += row["verdict"] != "no truth"', 'judged[row["metric"]] += 1'),
    ],
    ("site/moving.py", "site/test_sources.py"): [
        ("knows[:, names.index(name)].argmax()", "names.index(name)"),
    ],
    ("cli/teaching.py", "grading/test_teaching.py grading/test_release.py"): [
        ("raise SystemExit(1 if problems else 0)", "raise SystemExit(0)"),
        ("grading.Limits(**limits), again=again", "grading.Limits(), again=again"),
        ("if old := stale", "if False and stale"),
    ],
    ("worlds/faces.py", "worlds/test_faces.py"): [
        ("MOUTH + 0.15 * smile", "MOUTH - 0.15 * smile"),
        ("x + 0.04 * yaw.sin(), EYES, 0.07", "x - 0.04 * yaw.sin(), EYES, 0.07"),
        ("0.02 + 0.83 * hair", "0.85 - 0.83 * hair"),
        ("(0.5 - distance * side / 2)", "(0.5 - distance * side)"),
        ("worn = (glasses == i)", "worn = (glasses == 1)"),
        ("/ (1 + slope.square()).sqrt()", ""),
    ],
    ("worlds/dsprites.py", "worlds/test_dsprites.py"): [
        ("torch.arange(7, -1, -1,", "torch.arange(0, 8, 1,"),
        ("SHAPES[int(number) - 1]", "SHAPES[int(number) % 3]"),
        ("first[column], value)", "first[column], first[column])"),
        ("if rows.max() > 1:", "if rows.max() > 255:"),
    ],
    ("worlds/pictures.py", "worlds/test_pictures.py"): [
        ("/ 257)", "/ 256)"),
        ("upright = ImageOps.exif_transpose(image)", "upright = image"),
        ('image.size, "white")', 'image.size, "black")'),
        ("sorted(file for file in folder.rglob", "list(file for file in folder.rglob"),
    ],
    ("worlds/shapes.py", "worlds/test_shapes.py"): [
        ("cos * (v - y) - sin * (u - x)", "cos * (v - y) + sin * (u - x)"),
        (".square() / (4 * k)", ".square() / (2 * k)"),
    ],
    ("plots/_images.py", "test_plots.py"): [
        ("ax.set_ylabel(rows[i // columns]", "ax.set_ylabel(rows[i % columns]"),
        ('cmap="gray", vmin=0, vmax=1', 'cmap="gray"'),
        ("/ 255 if images.dtype == torch.uint8", "/ 1 if images.dtype == torch.uint8"),
        ("[len(data) // 2]", "[0]"),
    ],
    ("plots/_latents.py", "test_plots.py"): [
        ("[names[j] for j in order]", "names"),
        ("ax.scatter(codes[:, i], codes[:, j]", "ax.scatter(codes[:, j], codes[:, i]"),
        ("[0.005, 0.995]", "[0.05, 0.95]"),
        ("kl - np.asarray(marginal, float)", "kl"),
        ("{known.kl[j]:.2f} nats", "{known.information[j]:.2f} nats"),
    ],
    ("metrics/_heatmap.py", "test_plots.py"): [
        ("ax.text(k, j,", "ax.text(j, k,"),
        ('xlabel="factor", ylabel="latent $j$"', 'xlabel="latent $j$", ylabel="factor"'),
    ],
    ("metrics/_hinton.py", "test_plots.py"): [
        ("0.92 * np.sqrt(value / largest)", "0.92 * (value / largest)"),
        ("(k - side / 2, j - side / 2)", "(j - side / 2, k - side / 2)"),
    ],
    ("metrics/_infomec.py", "metrics/test_infomec.py"): [
        ("(share - 1 / n) / (1 - 1 / n)", "share"),
        ("_concentration(N[active].T)", "_concentration(N.T)"),
        ("1 - loss / H,", "1 - loss,"),
        ("sigma * np.random.default_rng(seed)", "sigma * np.random.default_rng(0)"),
        ("M[active].mean()", "np.nan_to_num(M).mean()"),
    ],
    ("metrics/_modularity.py", "metrics/test_modularity.py"): [
        ("max(information.shape[1] - 1, 1)", "information.shape[1]"),
        ("[:, varying(known)])\n    weight", ")\n    weight"),
        ("share(information.sum(axis=1))", "share(np.ones(len(information)))"),
        ("roc_auc_score(is_test, model.decision_function(test))", "model.score(test, is_test)"),
    ],
    ("metrics/_importance.py", "metrics/test_importance.py"): [
        ("(np.log(n) if n > 1 else 1)", "(np.log2(n) if n > 1 else 1)"),
        ("share(R.sum(axis=0)) if weighting", "share(R.max(axis=0)) if weighting"),
        ("average(disentanglement_per_latent(R), share(R.sum(axis=1)))", "float(disentanglement_per_latent(R).mean())"),
    ],
    ("metrics/interventions.py", "metrics/test_interventions.py"): [
        ("(torch.tensor(world.factor_sizes) - 1)", "torch.tensor(world.factor_sizes)"),
        ("- 2 * decoded @ renderings.T", "- decoded @ renderings.T"),
        ("manual_seed(seed)", "manual_seed(0)"),
        ("[0.1, 0.9]", "[0.0, 1.0]"),
        ("row[self.names.index(name)] / row.sum()", "row[self.names.index(name)]"),
    ],
    ("metrics/_court.py", "metrics/test_court.py"): [
        ("float(np.prod([low for low, _ in ranges]))", "min(ranges)[0]"),
        ("np.isinf(low) & (high > 0.999)", "np.isinf(low)"),
        ("(scores >= low - 1e-9) & (scores <= high + 1e-9)", "(scores >= low - 1e-9)"),
    ],
    ("metrics/_verdicts.py", "metrics/test_court.py"): [
        ('text += "↑" if trial.margin[c, m] > 0', 'text += "↑" if trial.margin[c, m] < 0'),
        ("- np.maximum(self.low - self.scores, 0)", "+ np.maximum(self.low - self.scores, 0)"),
    ],
    ("metrics/_irs.py", "metrics/test_irs.py"): [
        ("- part.mean(axis=0)), quantile", "- part.mean(axis=0)), 0.99"),
        ("np.abs(part - part.mean(axis=0))", "np.abs(part)"),
        ("robustness[:, varies].max(axis=1)", "robustness[:, varies].mean(axis=1)"),
    ],
    ("metrics/_udr.py", "metrics/test_udr.py"): [
        ("np.delete(pairwise[:, m], m)", "np.delete(pairwise[m], m)"),
        ("- 1 - 2 * np.log(sigma)", "- 1 - np.log(sigma)"),
        ("R.max(axis=axis) ** 2 /", "R.max(axis=axis) /"),
        ("np.median(np.delete", "np.mean(np.delete"),
    ],
    ("metrics/_med.py", "metrics/test_med.py"): [
        ("used.sum(axis=0)))", "information[:, varies].sum(axis=0)))"),
    ],
    ("metrics/_gaps.py", "metrics/test_gaps.py"): [
        ("np.log(bins))", "np.log2(bins))"),
        ("max(gap[k], per_latent[j])", "gap[k] + per_latent[j]"),
    ],
    ("metrics/_beta_vae.py", "metrics/test_beta_vae.py"): [
        ("= draw(), draw()", "= [draw()] * 2"),
        ("z[:, alive] / z[:, alive].std(axis=0)", "z[:, alive]"),
        ("np.abs(z[n] - z[m]).mean(axis=1)", "(z[n] - z[m]).mean(axis=1)"),
    ],
    ("metrics/_dci_es.py", "metrics/test_dci_es.py"): [
        ("span = 0.5 * (capacity", "span = (capacity"),
        ("capacity = np.log(", "capacity = np.asarray("),
        ("int(varies.sum()) / z.shape[1]", "len(varies) / z.shape[1]"),
    ],
    ("metrics/_chance.py", "metrics/test_gaps.py metrics/test_modularity.py"): [
        ("deviation + 1e-12, information - mean, 0)", "deviation + 1e-12, information, 0)"),
    ],
    ("metrics/_report.py", "metrics/test_report.py"): [
        ("sap(z[some], factors[some], categorical=categorical, seed", "sap(z[some], factors[some], seed"),
        ("factor_vae_score(z, factors, seed=seed)", "factor_vae_score(z, factors)"),
        ("explicitness=explicitness(z[some]", "explicitness=explicitness(z[: len(some)]"),
    ],
    ("metrics/_support.py", "metrics/test_support.py"): [
        ("count)", "5)"),
        ("query(product)[0].max()", "query(product)[0].mean()"),
    ],
    ("images.py", "test_training_input.py"): [
        ("; order {order:08x}", ""),
        ("* ramp).mean()", ").mean()"),
        ('; brightness {brightness:.4f}"', '"'),
    ],
    ("_data.py", "test_training_input.py"): [
        ("[0] if isinstance(data, TensorDataset)", "[-1] if isinstance(data, TensorDataset)"),
    ],
    ("checkpoints.py", "test_training_input.py"): [
        ("for key in saved | asked if", "for key in saved if"),
    ],
    ("_batches.py", "objectives/test_ada_gvae.py"): [
        ("drawn[:, None] * self.group + torch.arange(self.group)", "drawn[:, None] + torch.arange(self.group)"),
    ],
    ("experiments/evaluation.py", "zoo/test_zoo.py"): [
        ("metrics.dci(q.mean, factors", "metrics.dci(q.mean[::2], factors[::2]"),
    ],
    ("metrics/_split.py", "metrics/test_planted.py"): [
        ("np.random.default_rng(seed).permutation(images)", "np.random.default_rng(0).permutation(images)"),
    ],
}
