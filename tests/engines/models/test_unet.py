"""The network's shape, its conditioning, and attention in the open against the fused kernel."""

import pytest
import torch

from engines.models.layers import CrossAttention, SelfAttention, TimeEmbedding, explicit_attention
from engines.models.unet import UNet, UNetConfig

TINY = {"image_size": 16, "model_channels": 16, "multipliers": (1, 2), "attention": (8,), "heads": 2}


def net(**changes: object) -> UNet:
    """A tiny network whose zero-initialised layers are shaken awake."""
    torch.manual_seed(0)
    made = UNet(UNetConfig(**{**TINY, **changes}))
    for p in made.parameters():
        if not p.any():
            torch.nn.init.normal_(p, std=0.05)
    return made


VARIANTS = [
    {},
    {"patch": 2, "attention": (4,)},
    {"blocks": 2, "dropout": 0.1},
    {"classes": 2, "conditioning": "embedding"},
    {"classes": 2, "conditioning": "cross-attention"},
    {"classes": 2, "conditioning": "both"},
]


@pytest.mark.parametrize("changes", VARIANTS)
def test_shape_and_a_finite_gradient_for_every_parameter(changes: dict) -> None:
    made = net(**changes)
    y = made(torch.randn(2, 3, 16, 16), torch.tensor([3, 900]), torch.tensor([0, 1]))
    assert y.shape == (2, 3, 16, 16)
    y.square().sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() and p.grad.any() for p in made.parameters())


def test_a_new_network_predicts_zero() -> None:
    assert not UNet(UNetConfig(**TINY))(torch.randn(1, 3, 16, 16), torch.tensor([5])).any()


def test_the_levels_and_attention_are_where_the_config_says() -> None:
    made = UNet(UNetConfig(image_size=64, model_channels=32, multipliers=(1, 2, 2, 4), attention=(16, 8)))
    names = [name for name, module in made.named_modules() if isinstance(module, SelfAttention)]
    assert names == [f"{place}.attention" for place in ("down.4", "down.6", "middle.0", "up.0", "up.1", "up.3", "up.4")]


@pytest.mark.parametrize("conditioning", ["embedding", "cross-attention", "both"])
def test_the_class_and_the_step_change_the_output(conditioning: str) -> None:
    made = net(classes=2, conditioning=conditioning).eval()
    x, t = torch.randn(1, 3, 16, 16), torch.tensor([500])
    cat, dog, null = made(x, t, torch.tensor([0])), made(x, t, torch.tensor([1])), made(x, t)
    assert not torch.allclose(cat, dog, atol=1e-5)
    torch.testing.assert_close(null, made(x, t, torch.tensor([2])))
    assert not torch.allclose(cat, made(x, torch.tensor([10]), torch.tensor([0])), atol=1e-5)


@pytest.mark.parametrize("channels_last", [False, True])
def test_explicit_attention_agrees_with_the_fused_kernel_and_rows_sum_to_one(channels_last: bool) -> None:
    torch.manual_seed(1)
    layer = SelfAttention(16, heads=4)
    torch.nn.init.normal_(layer.out.weight)
    x = torch.randn(2, 16, 6, 6)
    x = x.to(memory_format=torch.channels_last) if channels_last else x
    seen = []
    handle = layer.weights.register_forward_hook(lambda _m, _i, w: seen.append(w))
    fused = layer(x)
    assert not seen
    with explicit_attention():
        explicit = layer(x)
    handle.remove()
    torch.testing.assert_close(explicit, fused, rtol=1e-4, atol=1e-4)
    assert seen[0].shape == (2, 4, 36, 36)
    torch.testing.assert_close(seen[0].sum(-1), torch.ones(2, 4, 36))


def test_attention_by_hand_on_two_pixels() -> None:
    """One head of width 4 with q = k = v = the input: the weights are a softmax that can be written down."""
    layer = SelfAttention(4, heads=1)
    layer.norm = torch.nn.Identity()
    eye = torch.eye(4)[:, :, None, None]
    layer.qkv.weight.data, layer.qkv.bias.data = torch.cat([eye, eye, eye]), torch.zeros(12)
    layer.out.weight.data = eye.clone()
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]]).view(1, 4, 1, 2)
    share = torch.tensor(0.5).exp() / (torch.tensor(0.5).exp() + 1)  # q·k/√4 is ½ with itself, 0 with the other
    assert layer(x)[0, 0, 0].tolist() == pytest.approx([1 + float(share), 1 - float(share)])


def test_cross_attention_in_the_open_agrees_too() -> None:
    layer = CrossAttention(8, context=12, heads=2)
    torch.nn.init.normal_(layer.out.weight)
    x, context = torch.randn(2, 8, 4, 4), torch.randn(2, 3, 12)
    fused = layer(x, context)
    with explicit_attention():
        torch.testing.assert_close(layer(x, context), fused, rtol=1e-4, atol=1e-4)


def test_time_embedding_by_hand() -> None:
    embed = TimeEmbedding(4, 8)
    embed.mlp = torch.nn.Identity()
    expected = [torch.tensor(x) for x in (3.0, 0.03)]
    torch.testing.assert_close(
        embed(torch.tensor([3]))[0], torch.stack([e.cos() for e in expected] + [e.sin() for e in expected])
    )


def test_checkpointing_changes_memory_only() -> None:
    made = net()
    x, t = torch.randn(2, 3, 16, 16), torch.tensor([1, 700])

    def gradients() -> list[torch.Tensor]:
        made.zero_grad()
        made(x, t).square().sum().backward()
        return [p.grad.clone() for p in made.parameters()]

    plain = gradients()
    made.checkpointing = True
    for a, b in zip(plain, gradients(), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"classes": 2}, "conditional net needs"),
        ({"conditioning": "text"}, "allowed: none, embedding"),
        ({"image_size": 18, "multipliers": (1, 2, 2)}, "not a multiple of 4"),
        ({"model_channels": 18}, "do not split into 2 heads"),
    ],
)
def test_a_config_that_does_not_fit_says_why(changes: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        UNetConfig(**{**TINY, **changes})
