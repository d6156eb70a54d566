"""A 16 px generator in NVIDIA's layout, converted, draws the pictures of the paper's equations."""

from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from engines.interop.nvidia import generator
from engines.interop.pickles import loads
from engines.models.stylegan2 import StyleGAN2Generator

Z = torch.randn(3, 5, generator=torch.Generator().manual_seed(1))


def act(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2) * 2**0.5


def low_pass(x: Tensor, before: int, after: int) -> Tensor:
    taps = torch.tensor([1.0, 3, 3, 1]) / 8
    kernel = torch.outer(taps, taps).expand(x.shape[1], 1, 4, 4)
    return F.conv2d(F.pad(x, (before, after, before, after)), kernel, groups=x.shape[1])


def spread(x: Tensor) -> Tensor:
    """Zeros between the pixels, none after the last."""
    out = x.new_zeros(*x.shape[:2], 2 * x.shape[2] - 1, 2 * x.shape[3] - 1)
    out[:, :, ::2, ::2] = x
    return out


def draw(theirs: dict[str, Tensor], z: Tensor, w_layers: Tensor | None = None) -> Tensor:
    """One picture at a time with its own modulated weights, every enlargement by zeros and a filter."""
    h = z / z.square().mean().sqrt()
    for i in (0, 1):
        weight, bias = theirs[f"mapping.fc{i}.weight"], theirs[f"mapping.fc{i}.bias"]
        h = act((weight * 0.01 / weight.shape[1] ** 0.5) @ h + bias * 0.01)
    x, picture = theirs["synthesis.b4.const"][None], None
    for size in (4, 8, 16):
        for layer in ("conv0", "conv1", "torgb"):
            here = f"synthesis.b{size}.{layer}"
            if f"{here}.weight" not in theirs:
                continue
            weight, affine = theirs[f"{here}.weight"], theirs[f"{here}.affine.weight"]
            style = affine @ h / len(h) ** 0.5 + theirs[f"{here}.affine.bias"]
            bias = theirs[f"{here}.bias"][:, None, None]
            if layer == "torgb":
                colours = F.conv2d(x, weight * style[None, :, None, None] / weight.shape[1] ** 0.5) + bias
                if picture is not None:  # a pixel in front of every zero: 2 before, and 1 and the missing zero after
                    picture = 4 * low_pass(spread(picture), 2, 2)
                picture = colours if picture is None else picture + colours
                continue
            weight = weight * style[None, :, None, None]
            weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
            if layer == "conv0":
                x = 4 * low_pass(F.conv2d(spread(x), weight.flip(2, 3), padding=2), 1, 1)
            else:
                x = F.conv2d(x, weight, padding=1)
            if f"{here}.noise_const" in theirs:
                x = x + theirs[f"{here}.noise_const"] * theirs[f"{here}.noise_strength"]
            x = act(x + bias)
    return picture


@pytest.mark.parametrize("noise_to", [16, 8, 0])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_the_same_weights_draw_the_same_pictures(nvidia: SimpleNamespace, protocol: int, noise_to: int) -> None:
    theirs = nvidia.generator_weights(noise_to=noise_to)
    back = loads(nvidia.dump({"G_ema": nvidia.nest("Generator", theirs)}, protocol))
    found = generator(back["G_ema"])
    net = StyleGAN2Generator(found.config).eval()
    net.load_state_dict(found.state)
    ours = net(Z, noise="fixed")
    reference = torch.cat([draw(theirs, z) for z in Z])
    assert reference.std() > 0.1
    torch.testing.assert_close(ours, reference, atol=1e-4, rtol=1e-4)


def test_settings_follow_from_the_shapes(nvidia: SimpleNamespace) -> None:
    config = generator(loads(nvidia.dump(nvidia.nest("Generator", nvidia.generator_weights(noise_to=8))))).config
    assert (config.image_size, config.z_dim, config.w_dim, config.mapping_layers) == (16, 5, 6, 2)
    assert [config.channels(size) for size in config.sizes] == [8, 8, 4]
    assert config.noise_up_to == 8


def test_truncation_uses_the_mean_style_of_the_file(nvidia: SimpleNamespace) -> None:
    theirs = nvidia.generator_weights()
    found = generator(loads(nvidia.dump(nvidia.nest("Generator", theirs))))
    net = StyleGAN2Generator(found.config).eval()
    net.load_state_dict(found.state)
    torch.testing.assert_close(net.mapping.truncate(net.mapping(Z), 0.0)[0, 0], theirs["mapping.w_avg"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"mapping.fc0.weight": None}, "lacks mapping.fc0.weight"),
        ({"synthesis.b8.conv0.affine.bias": None}, "lacks synthesis.b8.conv0.affine.bias"),
        ({"synthesis.b8.torgb.weight": None}, "lacks synthesis.b8.torgb.weight"),
        ({"synthesis.b8.skip.weight": torch.ones(8, 8, 1, 1)}, "holds synthesis.b8.skip.weight"),
        ({"synthesis.b64.conv1.weight": torch.ones(8, 8, 3, 3)}, "holds synthesis.b64.conv1.weight"),
        ({"synthesis.L0_36_512.weight": torch.ones(2)}, "StyleGAN3"),
        ({"mapping.embed.weight": torch.ones(6, 10)}, "by class"),
        ({"synthesis.b8.conv0.resample_filter": torch.ones(4, 4) / 16}, "low-pass filter"),
        ({"synthesis.b16.torgb.weight": torch.ones(1, 4, 1, 1)}, "1 channels, not red"),
        ({"synthesis.b4.conv1.weight": torch.ones(6, 8, 3, 3)}, "4 px layers have 6 channels"),
        ({"synthesis.b8.conv1.bias": torch.tensor([float("nan")] * 8)}, "finite"),
        ({"synthesis.b4.const": torch.ones(8)}, "3 dimensions"),
    ],
)
def test_other_networks_are_refused_in_words(nvidia: SimpleNamespace, change: dict, says: str) -> None:
    theirs = {k: v for k, v in (nvidia.generator_weights() | change).items() if v is not None}
    with pytest.raises(ValueError, match=says):
        generator(loads(nvidia.dump(nvidia.nest("Generator", theirs))))


def test_modules_without_end_are_refused(nvidia: SimpleNamespace) -> None:
    loop = nvidia.nest("Generator", {})
    loop.meta["state"]["_modules"]["again"] = inner = nvidia.nest("Layer", {})
    for _ in range(30):
        inner.meta["state"]["_modules"]["again"] = inner = nvidia.nest("Layer", {})
    with pytest.raises(ValueError, match="without end"):
        generator(loads(nvidia.dump(loop)))
