"""The VAE: distributions of the right shape, sums that give nats per image, standardisation, seeds, bad input."""

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.nn import functional as F
from torch.nn.functional import binary_cross_entropy_with_logits

import dvlab
from dvlab.vae import VAE, sample
from dvlab.worlds import Sprites

IMAGES = torch.rand(40, 1, 8, 8, generator=torch.Generator().manual_seed(0)) ** 2


def small(**options):
    return VAE((1, 8, 8), latent_dim=3, hidden=(16, 16), **options)


@pytest.mark.parametrize("side", [32, 64])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("likelihood", [{"likelihood": "bernoulli"}, {"likelihood": "gaussian", "sigma": 0.3}])
@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_shapes(network, likelihood, channels, side):
    vae = VAE((channels, side, side), latent_dim=4, network=network, **likelihood)
    x = torch.rand(2, channels, side, side)
    q = vae.encode(x)
    px = vae.decode(q.mean)
    assert isinstance(q, Normal) and q.batch_shape == (2, 4) and bool((q.stddev > 0).all())
    assert px.mean.shape == px.log_prob(x).shape == x.shape
    assert isinstance(px, Bernoulli if likelihood["likelihood"] == "bernoulli" else Normal)


def test_a_linear_vae_is_a_network_without_hidden_layers():
    vae = VAE((1, 8, 8), latent_dim=3, hidden=(), likelihood="gaussian", sigma=0.1)
    a, b = torch.randn(2, 5, 3)
    straight = vae.decode((a + b) / 2).mean
    torch.testing.assert_close(straight, (vae.decode(a).mean + vae.decode(b).mean) / 2)


def test_the_likelihood_is_one_number_a_pixel_and_grey_is_cross_entropy():
    vae, z = small(), torch.randn(40, 3)
    px = vae.decode(z)
    expected = -binary_cross_entropy_with_logits(px.logits, IMAGES, reduction="none")
    torch.testing.assert_close(px.log_prob(IMAGES), expected)
    gaussian = small(likelihood="gaussian", sigma=0.5)
    mean = gaussian.decode(z).mean
    by_hand = -0.5 * ((IMAGES - mean) / 0.5) ** 2 - torch.log(torch.tensor(0.5 * (2 * torch.pi) ** 0.5))
    torch.testing.assert_close(gaussian.decode(z).log_prob(IMAGES), by_hand)


def test_the_encoder_gives_mean_and_log_sigma():
    """exp(log σ) is a deviation wherever it is used: q's own KL equals ½ Σ (μ² + σ² - 1) - Σ log σ of the outputs."""
    vae = small()
    mean, log_sigma = vae.encoder((IMAGES - vae.centre) / vae.scale).chunk(2, dim=1)
    q = vae.encode(IMAGES)
    assert torch.equal(q.mean, mean) and torch.equal(q.stddev, log_sigma.exp())
    kl = 0.5 * (mean**2 + (2 * log_sigma).exp() - 1) - log_sigma
    torch.testing.assert_close(kl_divergence(q, Normal(0, 1)), kl)


@pytest.mark.parametrize("data", [IMAGES, (255 * IMAGES).to(torch.uint8)], ids=["float", "uint8"])
def test_standardise_centres_the_input_and_starts_the_decoder_at_the_mean_image(data):
    x = data if data.is_floating_point() else data / 255
    for options in ({}, {"likelihood": "gaussian", "sigma": 0.3}):
        vae = small(**options)
        vae.standardise(data)
        torch.testing.assert_close(vae.centre, x.mean(dim=0))
        torch.testing.assert_close(vae.scale, (x - x.mean(dim=0)).square().mean().sqrt())
        with torch.no_grad():
            vae.decoder[-1].weight.zero_()
        torch.testing.assert_close(vae.decode(torch.zeros(1, 3)).mean[0], x.mean(dim=0))


def test_of_many_images_some_from_all_over_are_standardised_with():
    images = torch.zeros(60_000, 1, 2, 2, dtype=torch.uint8)
    images[50_000:] = 255
    vae = VAE((1, 2, 2), latent_dim=1, hidden=())
    vae.standardise(images)
    assert float(vae.centre.mean()) == pytest.approx(1 / 6, abs=0.005)


def test_the_encoder_sees_the_image_less_the_mean_over_the_deviation():
    vae, x = small(), IMAGES.clone()
    vae.standardise(x)
    centre, scale = x.mean(dim=0), (x - x.mean(dim=0)).square().mean().sqrt()
    mean, log_sigma = vae.encoder((x - centre) / scale).chunk(2, dim=1)
    q = vae.encode(x)
    torch.testing.assert_close(q.mean, mean)
    torch.testing.assert_close(q.stddev, log_sigma.exp())


def test_standardise_survives_pixels_that_never_change():
    vae = small()
    vae.standardise(torch.zeros(5, 1, 8, 8))
    q, z, px = vae(torch.zeros(5, 1, 8, 8))
    assert all(bool(torch.isfinite(value).all()) for value in (q.mean, q.stddev, z, px.log_prob(torch.ones(1, 8, 8))))


def test_layers_come_from_the_seed_and_leave_the_global_state_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one, two, other = (small(seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["encoder.1.weight"], other["encoder.1.weight"])


@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_layers_one_by_one(network):
    """A stack of linear maps with x · sigmoid(x) between them, to [mean, log σ], and from a code to the logits."""
    vae = VAE((1, 32, 32), latent_dim=3, network=network, hidden=(20,), seed=1)
    images, z = torch.rand(2, 1, 32, 32), torch.randn(2, 3)

    def through(stack, h):
        layers = [layer for layer in stack if list(layer.parameters())]
        for last, layer in enumerate(layers, start=1 - len(layers)):
            if isinstance(layer, torch.nn.Conv2d):
                h = F.conv2d(h, layer.weight, layer.bias, stride=2, padding=1)
            elif isinstance(layer, torch.nn.ConvTranspose2d):
                h = h.view(2, -1, 4, 4) if h.ndim == 2 else h
                h = F.conv_transpose2d(h, layer.weight, layer.bias, stride=2, padding=1)
            else:
                h = F.linear(h.flatten(1), layer.weight, layer.bias)
            h = h if last == 0 else h * torch.sigmoid(h)
        return h

    with torch.no_grad():
        q, mean_log_sigma = vae.encode(images), through(vae.encoder, images)
        torch.testing.assert_close(torch.cat([q.mean, q.stddev.log()], dim=1), mean_log_sigma)
        torch.testing.assert_close(vae.decode(z).logits, through(vae.decoder, z).view(2, 1, 32, 32))


def test_config_rebuilds_the_model():
    vae = VAE((3, 32, 32), latent_dim=4, network="conv", likelihood="gaussian", sigma=0.3, seed=3, hidden=(20,))
    again = VAE(**vae.config)
    assert again.config == vae.config
    assert all(torch.equal(a, b) for a, b in zip(vae.parameters(), again.parameters(), strict=True))


def test_sample_is_reproducible_reparameterised_and_has_the_right_moments():
    mean = torch.tensor([[1.0, -2.0]], requires_grad=True)
    sigma = torch.tensor([[0.5, 3.0]], requires_grad=True)
    q = Normal(mean.expand(50_000, 2), sigma.expand(50_000, 2))
    z = sample(q, torch.Generator().manual_seed(0))
    assert torch.equal(z, sample(q, torch.Generator().manual_seed(0)))
    torch.testing.assert_close(z.mean(dim=0), mean[0], atol=0.06, rtol=0)
    torch.testing.assert_close(z.std(dim=0), sigma[0], atol=0.06, rtol=0)
    z.mean(dim=0).sum().backward()
    torch.testing.assert_close(mean.grad, torch.ones(1, 2))  # dz/dμ = 1
    assert float(sigma.grad.abs().max()) < 0.02  # E dz/dσ = E ε = 0


@pytest.mark.parametrize("data", [IMAGES, (255 * IMAGES).to(torch.uint8)], ids=["float", "uint8"])
def test_posterior_is_every_image_in_order_without_gradients(data):
    vae = small()
    q = vae.encode(data if data.is_floating_point() else data / 255)
    p = dvlab.posterior(vae, data, batch_size=7)
    assert not p.mean.requires_grad and p.batch_shape == (40, 3)
    torch.testing.assert_close(p.mean, q.mean)
    torch.testing.assert_close(p.stddev, q.stddev)


def test_traverse_moves_one_latent():
    vae, z, values = small(), torch.randn(3), torch.linspace(-2, 2, 5)
    images = vae.traverse(z, 1, values)
    for value, image in zip(values, images, strict=True):
        code = torch.tensor([z[0], value, z[2]])
        torch.testing.assert_close(image, vae.decode(code[None]).mean[0])


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"network": "cnn"}, "network must be one of 'mlp', 'conv'"),
        ({"likelihood": "normal"}, "likelihood must be one of"),
        ({"sigma": 0.1}, "Bernoulli pixels have none"),
        ({"likelihood": "gaussian"}, "sigma > 0"),
        ({"likelihood": "gaussian", "sigma": 0}, "sigma must be a finite number at least 1e-06"),
        ({"likelihood": "gaussian", "sigma": float("nan")}, "sigma must be a finite number.*got nan"),
        ({"latent_dim": 0}, "latent_dim must be at least 1"),
        ({"image_shape": (8, 8)}, "channels, height, width"),
        ({"network": "conv"}, "32x32 or 64x64 pixels; got 8x8"),
        ({"hidden": (16, 0)}, "hidden"),
    ],
)
def test_a_model_that_cannot_be_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        VAE(**{"image_shape": (1, 8, 8), **options})


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("images", "error", "words"),
    [
        (torch.zeros(0, 1, 8, 8), ValueError, r"B ≥ 1; got \(0, 1, 8, 8\)"),
        (torch.zeros(2, 1, 9, 8), ValueError, r"\(B, 1, 8, 8\), B ≥ 1; got \(2, 1, 9, 8\)"),
        (torch.zeros(1, 8, 8), ValueError, r"\(B, 1, 8, 8\)"),
        (torch.full((2, 1, 8, 8), 255.0), ValueError, r"\[0, 1\].*255"),
        (torch.full((2, 1, 8, 8), float("nan")), ValueError, r"\[0, 1\]"),
        (torch.zeros(2, 1, 8, 8, dtype=torch.uint8), TypeError, "divide uint8 by 255"),
    ],
)
def test_images_that_are_none_are_refused(images, error, words):
    with pytest.raises(error, match=words):
        small().encode(images)


@pytest.mark.bad_input
def test_codes_and_data_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"z must have shape \(B, 3\), B ≥ 1; got \(2, 4\)"):
        small().decode(torch.zeros(2, 4))
    with pytest.raises(ValueError, match="the model takes"):
        dvlab.posterior(small(), torch.zeros(2, 1, 16, 16))


def own(latents=3):
    """A linear encoder and decoder of 1 x 6 x 6 images."""
    encoder = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(36, 2 * latents))
    return {"encoder": encoder, "decoder": torch.nn.Linear(latents, 36)}


def test_modules_of_ones_own_are_used_as_they_come():
    modules = own()
    vae = VAE((1, 6, 6), 3, **modules)
    x = torch.rand(5, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    vae.standardise(x)  # leaves them alone
    q, out = vae.encode(x), modules["encoder"](x)
    assert torch.equal(q.mean, out[:, :3]) and torch.equal(q.stddev, out[:, 3:].exp())
    assert torch.equal(vae.decode(q.mean).logits, modules["decoder"](q.mean).view(5, 1, 6, 6))
    gaussian = VAE((1, 6, 6), 3, likelihood="gaussian", sigma=0.5, **modules)
    assert torch.equal(gaussian.decode(q.mean).mean.flatten(1), modules["decoder"](q.mean))
    again = VAE(**vae.config, **own())
    again.load_state_dict(vae.state_dict())
    assert torch.equal(again.encode(x).mean, q.mean)


def test_everything_works_on_modules_of_ones_own(tmp_path):
    world = Sprites(shapes="ellipse", scales=2, orientations=[0.0], x=6, y=4, size=8, antialias=True)
    encoder = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 4))
    vae = VAE(world.image_shape, 2, encoder=encoder, decoder=torch.nn.Linear(2, 64))
    dvlab.train(vae, world, dvlab.objectives.BetaVAE(1), steps=3, batch_size=16, device="cpu", progress=False)
    q = dvlab.posterior(vae, world)
    assert dvlab.decomposition.kl_terms(q, samples=100).total > 0
    assert 0 <= dvlab.metrics.mig(q, world.all_factors()).score <= 1
    dvlab.checkpoints.save_model(tmp_path / "own.safetensors", vae)
    with pytest.raises(ValueError, match="a model of your own has both"):
        dvlab.checkpoints.load_model(tmp_path / "own.safetensors")


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"decoder": None}, ValueError, "given both or not at all"),
        ({"encoder": torch.nn.Flatten()}, ValueError, r"encoder must give \(2, 6\), D means and D values of log σ.*36"),
        ({"decoder": torch.nn.Linear(3, 35)}, ValueError, r"decoder must give \(2, 1, 6, 6\).*got \(2, 35\)"),
        ({"decoder": torch.nn.Linear(4, 36)}, ValueError, r"decoder must take two inputs of shape \(2, 3\)"),
        ({"encoder": "conv"}, TypeError, "encoder must be a torch.nn.Module; got str"),
    ],
)
def test_modules_that_do_not_fit_are_refused(change, error, words):
    with pytest.raises(error, match=words):
        VAE((1, 6, 6), 3, **(own() | change))
