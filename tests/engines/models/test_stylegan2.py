"""The generator's shape, its noise, truncation and the running mean of w."""

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from engines.models.stylegan2 import Mapping, StyleGAN2Config, StyleGAN2Generator
from engines.noise import NoiseSource, noise

TINY = {"image_size": 16, "z_dim": 8, "w_dim": 12, "channel_base": 256, "channel_max": 16, "noise_up_to": 8}


def net(**changes: object) -> StyleGAN2Generator:
    """A tiny generator whose noise is heard."""
    torch.manual_seed(0)
    made = StyleGAN2Generator(StyleGAN2Config(**{**TINY, **changes}))
    for name, p in made.named_parameters():
        if name.endswith("noise_strength"):
            torch.nn.init.constant_(p, 0.3)
    return made


def test_shape_names_and_a_finite_gradient_for_every_parameter() -> None:
    made = net()
    assert made.layers == ("4 px", "8 px up", "8 px", "16 px up", "16 px", "16 px colour")
    assert made.synthesis.noise_sizes == (4, 8, 8)
    assert made.mapping(torch.randn(3, 8)).shape == (3, 6, 12)
    y = made(torch.randn(3, 8))
    assert y.shape == (3, 3, 16, 16)
    y.square().sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() and p.grad.any() for p in made.parameters())


def test_the_published_sizes() -> None:
    """The 256 px network of the limited-data paper: its widths, its 14 styles and its weights, counted by hand."""
    config = StyleGAN2Config(
        image_size=256, z_dim=512, w_dim=512, channel_base=16384, channel_max=512, noise_up_to=256, mapping_layers=2
    )
    assert len(config.layers) == 14
    assert [config.channels(n) for n in config.sizes] == [512, 512, 512, 512, 256, 128, 64]
    expected = 2 * (512 * 512 + 512) + 512 * 16
    widths = [512, *(config.channels(n) for n in config.sizes)]
    for i, (before, c) in enumerate(pairwise(widths)):
        for inputs in (c,) if i == 0 else (before, c):
            expected += inputs * c * 9 + c + 1 + 513 * inputs  # weights, bias, noise strength, affine
        expected += 3 * c + 3 + 513 * c
    assert sum(p.numel() for p in StyleGAN2Generator(config).parameters()) == expected


def test_each_style_steers_what_comes_from_its_layer_on() -> None:
    """Changing the last style changes colours only: every feature map stays."""
    made = net()
    w = made.mapping(torch.randn(1, 8))
    other = w.clone()
    other[:, -1] = made.mapping(torch.randn(1, 8))[:, 0]
    seen: list[Tensor] = []
    hook = made.synthesis.blocks["16"].conv.register_forward_hook(lambda m, i, o: seen.append(o))
    a, b = made.synthesis(w, "none"), made.synthesis(other, "none")
    hook.remove()
    torch.testing.assert_close(seen[0], seen[1], rtol=0, atol=0)
    assert not torch.allclose(a, b, atol=1e-3)


def test_every_style_input_matters() -> None:
    made = net()
    w, other = made.mapping(torch.randn(2, 8)).split(1)
    plain = made.synthesis(w, "none")
    for i in range(len(made.layers)):
        mixed = w.clone()
        mixed[:, i] = other[:, i]
        assert not torch.allclose(made.synthesis(mixed, "none"), plain, atol=1e-3), made.layers[i]


def test_truncation_to_zero_is_the_mean_picture_and_to_one_changes_nothing() -> None:
    made = net()
    made.mapping.w_avg.normal_()
    z = torch.randn(4, 8)
    mean = made.synthesis(made.mapping.w_avg.expand(1, 6, -1), "fixed")
    for picture in made(z, psi=0.0, noise="fixed"):
        torch.testing.assert_close(picture, mean[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        made(z, psi=1.0, noise="fixed"), made.synthesis(made.mapping(z), "fixed"), rtol=0, atol=0
    )


def test_truncation_halfway_and_only_up_to_the_cutoff() -> None:
    mapping = net().mapping
    mapping.w_avg.normal_()
    w = mapping(torch.randn(2, 8))
    cut = mapping.truncate(w, 0.5, cutoff=2)
    torch.testing.assert_close(cut[:, :2], (mapping.w_avg + w[:, :2]) / 2)
    torch.testing.assert_close(cut[:, 2:], w[:, 2:], rtol=0, atol=0)
    torch.testing.assert_close(mapping.truncate(w, -1.0), 2 * mapping.w_avg - w)


def test_the_mean_of_w_moves_by_half_a_percent() -> None:
    mapping = net().mapping
    w = torch.full((4, 6, 12), 8.0)
    mapping.track(w)
    torch.testing.assert_close(mapping.w_avg, torch.full((12,), 0.04))
    mapping.track(w)
    torch.testing.assert_close(mapping.w_avg, torch.full((12,), 0.995 * 0.04 + 0.04))


def test_the_mapping_sees_the_direction_of_z_only() -> None:
    mapping = net().mapping
    z = torch.randn(2, 8)
    torch.testing.assert_close(mapping(z), mapping(100 * z), rtol=1e-4, atol=1e-5)
    assert not torch.allclose(mapping(z), mapping(-z), atol=1e-2)


def test_the_noise_of_a_seed_is_the_same_in_any_batch() -> None:
    made = net().eval()
    alone = made(noise([7], (8,)), draw=NoiseSource([7]))
    batch = made(noise([3, 7, 9], (8,)), draw=NoiseSource([3, 7, 9]))
    torch.testing.assert_close(alone[0], batch[1], rtol=1e-4, atol=1e-5)
    assert not torch.allclose(alone, made(noise([7], (8,)), draw=NoiseSource([8])), atol=1e-2)


def test_noise_fixed_none_and_given() -> None:
    made = net()
    w = made.mapping(torch.randn(2, 8))
    kept = [b for name, b in made.named_buffers() if name.endswith("noise_fixed")]
    torch.testing.assert_close(made.synthesis(w, "fixed"), made.synthesis(w, kept), rtol=0, atol=0)
    silent = made.synthesis(w, [torch.zeros(1, 1, n, n) for n in made.synthesis.noise_sizes])
    torch.testing.assert_close(made.synthesis(w, "none"), silent)
    assert not torch.allclose(made.synthesis(w, "fixed"), silent, atol=1e-2)
    assert {name for name in made.state_dict() if name.endswith("noise_fixed")} == {
        "synthesis.blocks.4.conv.noise_fixed",
        "synthesis.blocks.8.up.noise_fixed",
        "synthesis.blocks.8.conv.noise_fixed",
    }


def test_what_does_not_fit_is_said() -> None:
    made = net()
    w = made.mapping(torch.randn(1, 8))
    with pytest.raises(ValueError, match="noise is 'loud'; allowed: random, fixed, none"):
        made.synthesis(w, "loud")
    with pytest.raises(ValueError, match="1 noise tensors came; this generator takes 3"):
        made.synthesis(w, [torch.zeros(1, 1, 4, 4)])
    with pytest.raises(ValueError, match="knows 2 classes"):
        net(classes=2)(torch.randn(1, 8))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image_size": 48}, "image_size is 48"),
        ({"image_size": 4}, "image_size is 4"),
        ({"z_dim": 0}, "z_dim is 0"),
        ({"mapping_layers": 0}, "mapping_layers is 0"),
        ({"channel_base": 8}, "leaves no channel"),
        ({"classes": -1}, "must not be negative"),
    ],
)
def test_a_config_that_cannot_work_is_refused(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        StyleGAN2Config(**{**TINY, **changes})


def test_the_class_changes_the_picture() -> None:
    made = net(classes=2)
    z = torch.randn(1, 8)
    cat, dog = (made(z, label=torch.tensor([i]), noise="none") for i in (0, 1))
    assert not torch.allclose(cat, dog, atol=1e-2)


def test_w_has_about_unit_size_at_the_start() -> None:
    torch.manual_seed(0)
    w = Mapping(StyleGAN2Config(z_dim=512, w_dim=512, mapping_layers=8))(torch.randn(256, 512))
    assert w.square().mean().item() == pytest.approx(1, abs=0.25)
