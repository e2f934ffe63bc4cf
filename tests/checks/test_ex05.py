"""Exercise 05's checks: right answers pass in every style, wrong ones are called by their name."""

# ruff: noqa: E501 - a wrong answer a line, as a table

import math
from itertools import pairwise

import pytest
import torch
from naming import each_row_names_itself, named, share_of_right_names
from torch import nn
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence
from torch.nn import functional as F

import dvlab
from dvlab.aggregate import minibatch_log_densities
from dvlab.checks import ex05
from dvlab.checks.comparison import CheckFailed
from dvlab.checks.ex05.bound import cross_entropy, elbo_gradient
from dvlab.checks.ex05.weighted import weighted_gradient
from dvlab.objectives import BetaTCVAE

LSE = torch.logsumexp


def sequential(sizes, bend=nn.SiLU, last=()):
    layers = [nn.Linear(sizes[0], sizes[1])]
    for i in range(1, len(sizes) - 1):
        layers += [bend(), nn.Linear(sizes[i], sizes[i + 1])]
    return nn.Sequential(*layers, *last)


class Layers(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = layer(x)
            x = x * torch.sigmoid(x)
        return self.layers[-1](x)


class Unregistered(Layers):
    def __init__(self, sizes):
        super().__init__(sizes)
        layers = list(self.layers)
        del self.layers
        self.layers = layers


def chunk(encoder, x):
    mu, log_sigma = encoder(x).chunk(2, 1)
    return mu, log_sigma.exp()


def sliced(encoder, x):
    out = encoder(x)
    D = out.shape[1] // 2
    return [out[:, :D], torch.e ** out[:, D:]]


def plain(mu, sigma, epsilon):
    return mu + sigma * epsilon


def bce(x, logits):
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)


def softplus(x, logits):
    return (F.softplus(logits) - x * logits).sum(-1)


def log_sigmoids(x, logits):
    return -(x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).sum(dim=1)


def bernoulli(x, logits):
    return -Bernoulli(logits=logits, validate_args=False).log_prob(x).sum(1)


def kl(mu, sigma):
    return 0.5 * (mu**2 + sigma**2 - 1 - torch.log(sigma**2)).sum(1)


def elbo(x, encoder, decoder, epsilon):
    mu, sigma = chunk(encoder, x)
    return -bce(x, decoder(mu + sigma * epsilon)) - kl(mu, sigma)


def elbo_library(x, encoder, decoder, epsilon):
    q = Independent(Normal(*chunk(encoder, x)), 1)
    prior = Independent(Normal(torch.zeros_like(q.mean), torch.ones_like(q.mean)), 1)
    px = Independent(Bernoulli(logits=decoder(q.mean + q.stddev * epsilon), validate_args=False), 1)
    return px.log_prob(x) - kl_divergence(q, prior)


def train(encoder, decoder, images, loss, steps, generator, latents, batch_size=128, learning_rate=2e-3):
    encoder.train(), decoder.train()
    optimiser, losses = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=learning_rate), []
    for step in range(steps):
        epsilon = torch.randn((batch_size, latents), generator=generator)
        x = images[torch.randperm(len(images), generator=generator)[:batch_size]]
        optimiser.zero_grad()
        value = loss(x, epsilon, step)
        value.backward()
        optimiser.step()
        losses.append(float(value))
    return losses


def train_in_epochs(encoder, decoder, images, loss, steps, generator, latents, batch_size, learning_rate):
    model = nn.ModuleDict({"encoder": encoder, "decoder": decoder}).train()
    optimiser, step, losses = torch.optim.Adam(model.parameters(), learning_rate), 0, torch.zeros(steps)
    while step < steps:
        for x in torch.utils.data.DataLoader(images, batch_size, shuffle=True, drop_last=True, generator=generator):
            if step == steps:
                break
            value = loss(epsilon=torch.randn(len(x), latents, generator=generator), x=x, step=step)
            value.backward()
            optimiser.step()
            model.zero_grad()
            losses[step] = value.detach()
            step += 1
    return losses


def densities(z, mu, sigma, N):
    B = len(z)
    own = torch.eye(B, dtype=torch.bool)
    log_w = torch.where(own, -math.log(N), math.log((N - 1) / N / (B - 1)))
    l = -0.5 * ((z[:, None] - mu) / sigma) ** 2 - torch.log(sigma) - 0.5 * math.log(2 * math.pi)
    return LSE(l.sum(-1) + log_w, 1), LSE(l + log_w[:, :, None], 1)


def densities_by_latent(z, mu, sigma, N):
    B = len(z)
    log_w = (torch.full((B, B), (N - 1) / (N * (B - 1))) - ((N - 1) / (N * (B - 1)) - 1 / N) * torch.eye(B)).log()
    each = [Normal(mu[:, j], sigma[:, j]).log_prob(z[:, j, None]) for j in range(z.shape[1])]
    return LSE(sum(each) + log_w, 1), torch.stack([LSE(l + log_w, 1) for l in each], 1)


def densities_stable(z, mu, sigma, N):  # the largest taken out by hand
    B = len(z)
    w = torch.full((B, B), (N - 1) / (N * (B - 1)), dtype=z.dtype).fill_diagonal_(1 / N)
    l = Normal(mu, sigma).log_prob(z[:, None])

    def of(t, w):
        top = t.max(1, keepdim=True).values
        return top.squeeze(1) + ((t - top).exp() * w).sum(1).log()

    return of(l.sum(2), w), of(l, w[..., None])


def densities_loop(z, mu, sigma, N):
    B = len(z)
    rows = []
    for i in range(B):
        w = torch.full((B,), math.log((N - 1) / (N * (B - 1))), dtype=z.dtype)
        w[i] = -math.log(N)
        l = Normal(mu, sigma).log_prob(z[i])
        rows.append((LSE(l.sum(1) + w, 0), LSE(l + w[:, None], 0)))
    return torch.stack([a for a, _ in rows]), torch.stack([b for _, b in rows])


def with_weights(own, other, joint=lambda l, w: LSE(l.sum(2) + w, 1)):
    def f(z, mu, sigma, N):
        B = len(z)
        w = torch.full((B, B), other(B, N)).fill_diagonal_(own(B, N)).log()
        l = Normal(mu, sigma).log_prob(z[:, None])
        return joint(l, w), LSE(l + w[..., None], 1)

    return f


def tcvae(x, encoder, decoder, epsilon, N, alpha, beta, gamma, change=lambda *t: t, z_of=plain, logs=densities):
    mu, sigma = chunk(encoder, x)
    z = z_of(mu, sigma, epsilon)
    qz, qzj = logs(z, mu, sigma, N)
    TC, DW = (qz - qzj.sum(1)).mean(), (qzj.sum(1) - Normal(0.0, 1.0).log_prob(z).sum(1)).mean()
    rec, MI = bce(x, decoder(z)).mean(), kl(mu, sigma).mean() - TC - DW
    rec, MI, TC, DW = change(rec, MI, TC, DW)
    return rec + alpha * MI + beta * TC + gamma * DW, MI, TC, DW


def tcvae_rewritten(x, encoder, decoder, epsilon, N, alpha, beta, gamma):
    loss, MI, TC, DW = tcvae(x, encoder, decoder, epsilon, N, 1, 1, 1)
    rest = (alpha - 1) * (MI + TC + DW) + (beta - alpha) * TC + (gamma - alpha) * DW
    return [loss + rest, MI, TC, DW]


def changed(change):
    return lambda *a: tcvae(*a, change=change)


def loss_of(formula):
    def f(x, encoder, decoder, epsilon, N, a, b, g):
        loss, MI, TC, DW = tcvae(x, encoder, decoder, epsilon, N, 1, 1, 1)
        return formula(loss - MI - TC - DW, MI, TC, DW, a, b, g), MI, TC, DW

    return f


RIGHT = [
    *((ex05.network, f) for f in (sequential, Layers)),
    *((ex05.encode, f) for f in (chunk, sliced)),
    (ex05.sample, plain),
    *((ex05.reconstruction, f) for f in (bce, softplus, log_sigmoids, bernoulli)),
    *((ex05.elbo, f) for f in (elbo, elbo_library)),
    *((ex05.train, f) for f in (train, train_in_epochs)),
    *((ex05.log_densities, f) for f in (densities, densities_by_latent, densities_stable)),
    *((ex05.beta_tcvae, f) for f in (tcvae, tcvae_rewritten)),
]


@pytest.mark.parametrize("check, student", RIGHT)
def test_right_answers_pass(check, student, capsys):
    check(student)
    check(student, seed=1)
    assert "visible checks passed" in capsys.readouterr().out


def looped(**changes):
    """A student's loop with some of its lines changed."""

    def f(encoder, decoder, images, loss, steps, generator, latents, batch_size, learning_rate):
        if changes.get("train", True):
            encoder.train(), decoder.train()
        parameters = [p for net in changes.get("nets", lambda e, d: (e, d))(encoder, decoder) for p in net.parameters()]
        optimiser = changes.get("optimiser", torch.optim.Adam)(parameters, lr=changes.get("lr", learning_rate))
        draw_x = changes.get("x", lambda: images[torch.randperm(len(images), generator=generator)[:batch_size]])
        draw_e = changes.get("e", lambda g, B, D: torch.randn(B, D, generator=g))
        kept_x, kept_e, losses = draw_x(), draw_e(generator, batch_size, latents), []
        for step in range(steps):
            x = kept_x if "keep x" in changes else draw_x()
            e = kept_e if "keep e" in changes else draw_e(generator, batch_size, latents)
            value = loss(x, e, changes.get("step", step))
            if "zero" not in changes:
                optimiser.zero_grad()
            value.backward()
            if "zero late" in changes:
                optimiser.zero_grad()
            if "no step" not in changes:
                optimiser.step()
            losses.append(value if "graph" in changes else value.item())
        return changes.get("returns", lambda l: l)(losses)

    return f


def the_first_images(encoder, decoder, images, loss, steps, generator, latents, batch_size, learning_rate):
    some = looped(x=lambda: images[torch.randperm(batch_size, generator=generator)])
    return some(encoder, decoder, images, loss, steps, generator, latents, batch_size, learning_rate)


def sets_the_seed(encoder, decoder, images, loss, steps, generator, latents, batch_size, learning_rate):
    generator.manual_seed(0)
    return looped()(encoder, decoder, images, loss, steps, generator, latents, batch_size, learning_rate)


# Wrong answers, written as students write them (not as the checks do), each with the name that it should get.
WRONG = [
    (ex05.network, "no module", lambda s: nn.ModuleList(sequential(s))),
    (ex05.network, "layers", lambda s: nn.Sequential(*sequential(s), nn.LayerNorm(s[-1]))),
    (ex05.encode, "no gradient", torch.no_grad()(chunk)),
    (ex05.sample, "no gradient", lambda m, s, e: (m + s * e).detach()),
    (ex05.sample, "no gradient", lambda m, s, e: torch.from_numpy(m.numpy() + s.numpy() * e.numpy())),
    (ex05.elbo, "wrong direction", lambda x, e, d, n: -bce(x, d(plain(*chunk(e, x), n))) - kl_divergence(Normal(0 * n, 1 + 0 * n), Normal(*chunk(e, x))).sum(1)),
    (ex05.elbo, "sigmoid twice", lambda x, e, d, n: -bce(x, d(plain(*chunk(e, x), n)).sigmoid()) - kl(*chunk(e, x))),
    (ex05.train, "noise of another spread", looped(e=lambda g, B, D: 2 * torch.rand(B, D, generator=g) - 1)),
    (ex05.train, "weights", looped(optimiser=torch.optim.Adamax)),
    (ex05.log_densities, "type", lambda *a: torch.cat([densities(*a)[0][:, None], densities(*a)[1]], 1)),
    (ex05.log_densities, "mean of logs", lambda z, m, s, N: (Normal(m, s).log_prob(z[:, None]).sum(2).mean(1), Normal(m, s).log_prob(z[:, None]).mean(1))),
    (ex05.log_densities, "only the own posterior", lambda z, m, s, N: (Normal(m, s).log_prob(z).sum(1), Normal(m, s).log_prob(z))),
    (ex05.beta_tcvae, "held above 0", changed(lambda r, MI, TC, DW: (r, MI, TC.clamp(min=0), DW))),
    (ex05.beta_tcvae, "held above 0", changed(lambda r, MI, TC, DW: (r, MI + TC - TC.abs(), TC.abs(), DW))),
    (ex05.beta_tcvae, "β − 1 for β", loss_of(lambda r, MI, TC, DW, a, b, g: r + a * MI + (b - 1) * TC + g * DW)),
    (ex05.network, "not SiLU", lambda s: sequential(s, nn.ReLU)),
    (ex05.network, "not SiLU", lambda s: sequential(s, nn.Tanh)),
    (ex05.network, "nonlinearity at the end", lambda s: sequential(s, last=[nn.SiLU()])),
    (ex05.network, "nonlinearity at the end", lambda s: sequential(s, last=[nn.Sigmoid()])),
    (ex05.network, "no nonlinearity", lambda s: sequential(s, nn.Identity)),
    (ex05.network, "no module", lambda s: [nn.Linear(a, b) for a, b in pairwise(s)]),
    (ex05.network, "not registered", Unregistered),
    (ex05.network, "no bias", lambda s: nn.Sequential(*[nn.Linear(a, b, bias=False) for a, b in pairwise(s)])),
    (ex05.network, "layers", lambda s: nn.Sequential(nn.Linear(s[0], s[1]), nn.SiLU(), nn.Linear(s[1], s[-1]))),
    (ex05.network, "layers", lambda s: sequential(s[::-1])),
    (ex05.network, "random", lambda s: sequential(s, lambda: nn.Sequential(nn.SiLU(), nn.Dropout()))),
    (ex05.encode, "σ² for σ", lambda e, x: (chunk(e, x)[0], chunk(e, x)[1] ** 2)),
    (ex05.encode, "σ² for σ", lambda e, x: (chunk(e, x)[0], chunk(e, x)[1].sqrt())),
    (ex05.encode, "ln σ for σ", lambda e, x: e(x).chunk(2, 1)),
    (ex05.encode, "halves swapped", lambda e, x: chunk(e, x)[::-1]),
    (ex05.encode, "every other", lambda e, x: (e(x)[:, ::2], e(x)[:, 1::2].exp())),
    (ex05.encode, "not exp", lambda e, x: (chunk(e, x)[0], F.softplus(e(x).chunk(2, 1)[1]))),
    (ex05.encode, "σ held", lambda e, x: (chunk(e, x)[0], e(x).chunk(2, 1)[1].clamp(-8, 5).exp())),
    (ex05.encode, "σ held", lambda e, x: (chunk(e, x)[0], chunk(e, x)[1] + 1e-6)),
    (ex05.encode, "type", lambda e, x: e(x)),
    (ex05.encode, "tensor", lambda e, x: [v.detach().numpy() for v in chunk(e, x)]),
    (ex05.sample, "σ² for σ", lambda m, s, e: m + s**2 * e),
    (ex05.sample, "brackets", lambda m, s, e: s * (m + e)),
    (ex05.encode, "images halved", lambda net, x: (net(x).chunk(2)[0], net(x).chunk(2)[1].exp())),
    (ex05.sample, "σ² for σ", lambda m, s, e: m + s**0.5 * e),
    (ex05.sample, "random", lambda m, s, e: m + s * torch.randn_like(e)),
    (ex05.sample, "random", lambda m, s, e: Normal(m, s).rsample()),
    (ex05.sample, "noise left out", lambda m, s, e: m),
    (ex05.sample, "ln σ for σ", lambda m, s, e: m + s.exp() * e),
    (ex05.reconstruction, "mean for sum", lambda x, l: bce(x, l) / x.shape[1]),
    (ex05.reconstruction, "mean for sum", lambda x, l: F.binary_cross_entropy_with_logits(l, x)),
    (ex05.reconstruction, "mean over images", lambda x, l: bce(x, l).mean()),
    (ex05.reconstruction, "sum over images", lambda x, l: F.binary_cross_entropy_with_logits(l, x, reduction="sum")),
    (ex05.reconstruction, "no sum", lambda x, l: F.binary_cross_entropy_with_logits(l, x, reduction="none")),
    (ex05.reconstruction, "wrong sign", lambda x, l: -bce(x, l)),
    (ex05.reconstruction, "changed places", lambda x, l: F.binary_cross_entropy_with_logits(x, l, reduction="none").sum(1)),
    (ex05.reconstruction, "changed places", lambda x, l: bce(x, -l)),
    (ex05.reconstruction, "sigmoid twice", lambda x, l: bce(x, l.sigmoid())),
    (ex05.reconstruction, "underflow", lambda x, l: -(x * torch.sigmoid(l).log() + (1 - x) * torch.log(1 - torch.sigmoid(l))).sum(1)),
    (ex05.reconstruction, "floor", lambda x, l: F.binary_cross_entropy(l.sigmoid(), x, reduction="none").sum(1)),
    (ex05.reconstruction, "floor", lambda x, l: F.binary_cross_entropy(l.sigmoid().clamp(1e-7, 1 - 1e-7), x, reduction="none").sum(1)),
    (ex05.reconstruction, "floor", lambda x, l: -(x * (l.sigmoid() + 1e-10).log() + (1 - x) * (1 - l.sigmoid() + 1e-10).log()).sum(1)),
    (ex05.reconstruction, "squared error", lambda x, l: ((x - l.sigmoid()) ** 2).sum(1)),
    (ex05.reconstruction, "half of it", lambda x, l: -(x * F.logsigmoid(l)).sum(1)),
    (ex05.elbo, "wrong sign", lambda *a: -elbo(*a)),
    (ex05.elbo, "mean over images", lambda *a: elbo(*a).mean()),
    (ex05.elbo, "noise left out", lambda x, e, d, n: elbo(x, e, d, 0 * n)),
    (ex05.elbo, "random", lambda x, e, d, n: elbo(x, e, d, torch.randn_like(n))),
    (ex05.elbo, "no KL", lambda x, e, d, n: elbo(x, e, d, n) + kl(*chunk(e, x))),
    (ex05.elbo, "missing ½", lambda x, e, d, n: elbo(x, e, d, n) - kl(*chunk(e, x))),
    (ex05.elbo, "mean for sum", lambda x, e, d, n: elbo(x, e, d, n) + kl(*chunk(e, x)) - kl(*chunk(e, x)) / n.shape[1]),
    (ex05.elbo, "one for all", lambda x, e, d, n: elbo(x, e, d, n) + kl(*chunk(e, x)) - kl(*chunk(e, x)).mean()),
    (ex05.elbo, "σ² for σ", lambda x, e, d, n: -bce(x, d(plain(*chunk(e, x), n))) - 0.5 * (chunk(e, x)[0] ** 2 + chunk(e, x)[1] - 1 - chunk(e, x)[1].log()).sum(1)),
    (ex05.elbo, "sampled KL", lambda x, e, d, n: -bce(x, d(plain(*chunk(e, x), n))) - (Normal(*chunk(e, x)).log_prob(plain(*chunk(e, x), n)) - Normal(0.0, 1.0).log_prob(plain(*chunk(e, x), n))).sum(1)),
    (ex05.elbo, "z without gradient", lambda x, e, d, n: -bce(x, d(plain(*chunk(e, x), n).detach())) - kl(*chunk(e, x))),
    (ex05.elbo, "no gradient", torch.no_grad()(elbo)),
    (ex05.elbo, "tensor", lambda *a: elbo(*a).tolist()),
    (ex05.train, "always the same images", the_first_images),
    (ex05.train, "seed set within", sets_the_seed),
    (ex05.train, "error", lambda e, d, i, loss, steps, g, D, B, lr: loss(i[:B], torch.randn(B, D, generator=g))),
    (ex05.train, "never zeroed", looped(zero=False)),
    (ex05.train, "no step", looped(**{"zero late": True})),
    (ex05.train, "no step", looped(**{"no step": True})),
    (ex05.train, "noise not resampled", looped(**{"keep e": True})),
    (ex05.train, "always the same batch", looped(**{"keep x": True})),
    (ex05.train, "eval left on", looped(train=False)),
    (ex05.train, "only the encoder", looped(nets=lambda e, d: [e])),
    (ex05.train, "only the decoder", looped(nets=lambda e, d: [d])),
    (ex05.train, "learning rate", looped(lr=1e-3)),
    (ex05.train, "another optimiser", looped(optimiser=torch.optim.SGD)),
    (ex05.train, "another optimiser", looped(optimiser=torch.optim.AdamW)),
    (ex05.train, "steps not counted", looped(step=0)),
    (ex05.train, "uniform noise", looped(e=lambda g, B, D: torch.rand(B, D, generator=g))),
    (ex05.train, "noise of another shape", looped(e=lambda g, B, D: torch.randn(B, 1, generator=g).expand(B, D))),
    (ex05.train, "noise of another shape", looped(e=lambda g, B, D: torch.randn(D, generator=g))),
    (ex05.train, "generator not used", looped(e=lambda g, B, D: torch.randn(B, D))),
    (ex05.train, "tensors returned", looped(graph=True)),
    (ex05.train, "nothing returned", looped(returns=lambda losses: None)),
    (ex05.train, "losses", looped(returns=lambda losses: losses[-1])),
    (ex05.train, "losses", looped(returns=lambda losses: sum(losses) / len(losses))),
    (ex05.log_densities, "weights counted D times", lambda z, m, s, N: with_weights(lambda B, N: 1 / N, lambda B, N: (N - 1) / (N * (B - 1)), lambda l, w: LSE((l + w[..., None]).sum(2), 1))(z, m, s, N)),
    (ex05.log_densities, "own weight 1/B", with_weights(lambda B, N: 1 / B, lambda B, N: (N - 1) / (N * (B - 1)))),
    (ex05.log_densities, "own weight like all others", with_weights(*2 * [lambda B, N: (N - 1) / (N * (B - 1))])),
    (ex05.log_densities, "no N", with_weights(*2 * [lambda B, N: 1 / B])),
    (ex05.log_densities, "weighted", with_weights(*2 * [lambda B, N: 1 / (N * B)])),
    (ex05.log_densities, "weights do not add up to 1", with_weights(lambda B, N: 1 / N, lambda B, N: (N - 1) / (N * B))),
    (ex05.log_densities, "own posterior left out", with_weights(lambda B, N: 0, lambda B, N: 1 / (B - 1))),
    (ex05.log_densities, "log-sum-exp by hand", with_weights(lambda B, N: 1 / N, lambda B, N: (N - 1) / (N * (B - 1)), lambda l, w: (l.sum(2) + w).exp().sum(1).log())),
    (ex05.log_densities, "floor", with_weights(lambda B, N: 1 / N, lambda B, N: (N - 1) / (N * (B - 1)), lambda l, w: torch.where(l.sum(2) > 500, LSE(l.sum(2) + w, 1, keepdim=True), ((l.sum(2) + w).exp().sum(1, keepdim=True) + 1e-12).log())[:, 0])),
    (ex05.log_densities, "swapped", lambda *a: densities(*a)[::-1]),
    (ex05.log_densities, "product of marginals", lambda *a: (densities(*a)[1].sum(1), densities(*a)[1])),
    (ex05.log_densities, "σ² given to Normal", lambda z, m, s, N: densities(z, m, s**2, N)),
    (ex05.log_densities, "wrong axis", lambda z, m, s, N: (lambda l, w: (LSE(l.sum(2) + w, 0), LSE(l + w[..., None], 0)))(Normal(m, s).log_prob(z[:, None]), torch.full((len(z), len(z)), (N - 1) / (N * (len(z) - 1))).fill_diagonal_(1 / N).log())),
    (ex05.log_densities, "slow", densities_loop),
    (ex05.log_densities, "from the package", lambda z, m, s, N: minibatch_log_densities(z, Normal(m, s), N)),
    (ex05.beta_tcvae, "from the package", lambda x, e, d, n, N, a, b, g: list(BetaTCVAE(b, a, g)(x, Normal(*chunk(e, x)), Bernoulli(logits=d(plain(*chunk(e, x), n)), validate_args=False), plain(*chunk(e, x), n), dataset_size=N).values())[:4]),
    (ex05.beta_tcvae, "mean for sum", lambda x, *a: changed(lambda r, *t: (r / x.shape[1], *t))(x, *a)),
    (ex05.beta_tcvae, "weights changed places", loss_of(lambda r, MI, TC, DW, a, b, g: r + b * MI + a * TC + g * DW)),
    (ex05.beta_tcvae, "β-VAE", loss_of(lambda r, MI, TC, DW, a, b, g: r + b * (MI + TC + DW))),
    (ex05.beta_tcvae, "TC counted twice", loss_of(lambda r, MI, TC, DW, a, b, g: r + a * (MI + TC + DW) + b * TC + g * DW)),
    (ex05.beta_tcvae, "α and γ not used", loss_of(lambda r, MI, TC, DW, a, b, g: r + (MI + TC + DW) + (b - 1) * TC)),
    (ex05.beta_tcvae, "wrong sign", loss_of(lambda r, MI, TC, DW, a, b, g: -r + a * MI + b * TC + g * DW)),
    (ex05.beta_tcvae, "order", lambda *a: [tcvae(*a)[i] for i in (1, 2, 3, 0)]),
    (ex05.beta_tcvae, "order", lambda *a: [tcvae(*a)[i] for i in (0, 2, 1, 3)]),
    (ex05.beta_tcvae, "type", lambda *a: tcvae(*a)[0]),
    (ex05.beta_tcvae, "weights counted D times", lambda *a: tcvae(*a, logs=with_weights(lambda B, N: 1 / N, lambda B, N: (N - 1) / (N * (B - 1)), lambda l, w: LSE((l + w[..., None]).sum(2), 1)))),
    (ex05.beta_tcvae, "no N", lambda *a: tcvae(*a, logs=with_weights(*2 * [lambda B, N: 1 / B]))),
    (ex05.beta_tcvae, "σ² for σ", lambda *a: tcvae(*a, z_of=lambda m, s, e: m + s**2 * e)),
    (ex05.beta_tcvae, "noise left out", lambda *a: tcvae(*a, z_of=lambda m, s, e: m)),
    (ex05.beta_tcvae, "random", lambda *a: tcvae(*a, z_of=lambda m, s, e: Normal(m, s).rsample())),
    (ex05.beta_tcvae, "MI is the KL", changed(lambda r, MI, TC, DW: (r, MI + TC + DW, TC, DW))),
    (ex05.beta_tcvae, "z without gradient", lambda *a: tcvae(*a, z_of=lambda m, s, e: (m + s * e).detach())),
    (ex05.beta_tcvae, "densities without gradient", lambda *a: tcvae(*a, logs=lambda *b: [v.detach() for v in densities(*b)])),
    (ex05.beta_tcvae, "posteriors without gradient", lambda *a: tcvae(*a, logs=lambda z, m, s, N: densities(z, m.detach(), s.detach(), N))),
    (ex05.beta_tcvae, "tensor", lambda *a: [float(v) for v in tcvae(*a)]),
]  # fmt: skip


@pytest.mark.whole
def test_wrong_answers_fail_and_get_their_name(capsys):
    share_of_right_names("05", WRONG, capsys)


CHECKS = (ex05.network, ex05.encode, ex05.sample, ex05.reconstruction, ex05.elbo, elbo_gradient, ex05.train)
CHECKS += (ex05.log_densities, ex05.beta_tcvae, weighted_gradient)


@pytest.mark.whole
@pytest.mark.parametrize("check", CHECKS)
def test_each_mistake_of_a_table_gets_its_own_name(check, capsys):
    each_row_names_itself(check, capsys)


def test_the_cross_entropy_is_torchs():
    x, logits = torch.rand(20, 30).double(), torch.linspace(-90, 90, 600).double().reshape(20, 30)
    assert torch.allclose(cross_entropy(x, logits), F.binary_cross_entropy_with_logits(logits, x, reduction="none"))


def test_a_wrapped_answer_keeps_its_name_and_stubs_say_so():
    def elbo(x, encoder, decoder, epsilon):
        raise NotImplementedError()

    with pytest.raises(CheckFailed, match="elbo is not written yet"):
        ex05.elbo(elbo)


class Bare(nn.Module):
    def __init__(self, output):
        super().__init__()
        self.output = output

    def forward(self, x):
        return self.output.expand(len(x), -1)


def test_a_model_that_codes_nothing_is_told_so():
    world = dvlab.worlds.Sprites(shapes="ellipse", scales=[1.0], orientations=[0.0], x=6, y=6, size=16)
    empty, grey = Bare(torch.zeros(1, 8)), Bare(torch.zeros(1, 256))
    found = ex05.measured(chunk, empty, grey, world)
    assert named(ex05.reached, found) == "ELBO and MIG"
    assert abs(found["reconstruction"] - 256 * math.log(2)) < 0.01 and found["MI"] == found["TC"] == 0
