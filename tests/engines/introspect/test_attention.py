"""Attention read from replayed states: the weights are what the layers use, and looking leaves no trace."""

import threading

import numpy as np
import pytest
import torch

from engines.diffusion.model import DDPM, DDPMConfig
from engines.introspect.attention import Attention, attention, join, layers
from engines.introspect.capture import record_inputs
from engines.introspect.trajectory import trajectory
from engines.models.layers import explicit_attention
from engines.models.unet import UNetConfig


@pytest.fixture(scope="module")
def model() -> DDPM:
    """16×16, two classes in both ways, self- and cross-attention at 8 and, in the middle, 4; patch 1, three levels."""
    torch.manual_seed(0)
    unet = UNetConfig(
        16, model_channels=16, multipliers=(1, 1, 2), attention=(8,), heads=2, classes=2, conditioning="both"
    )
    model = DDPM(DDPMConfig(unet, num_timesteps=100))
    for p in model.parameters():
        if not p.any():
            torch.nn.init.normal_(p, std=0.1)
    return model.eval().requires_grad_(False)


def states(model: DDPM, steps: int = 6, **more: int) -> tuple[np.ndarray, np.ndarray]:
    frames = list(trajectory(model, seeds=[0], steps=steps, **more))[:-1]
    return np.concatenate([frame.x_t for frame in frames]), np.array([frame.t for frame in frames])


def look(model: DDPM, label: int | None = None) -> Attention:
    return join(list(attention(model, *states(model), label)))


def test_the_layers_are_found_in_the_order_of_the_data(model: DDPM) -> None:
    found = layers(model)
    own = [layer for layer in found if not layer.cross]
    assert [layer.title for layer in own] == ["down 8×8", "middle 4×4", "up 8×8 · 1", "up 8×8 · 2"]
    assert [(layer.side, layer.keys) for layer in own] == [(8, 64), (4, 16), (8, 64), (8, 64)]
    assert [layer.title for layer in found if layer.cross][-1] == "up 8×8 to class · 2"
    assert {layer.keys for layer in found if layer.cross} == {4}
    assert all(type(model.get_submodule(layer.name)).__name__.endswith("Attention") for layer in found)


def test_every_frame_layer_and_head_is_there_and_rows_sum_to_one(model: DDPM) -> None:
    seen = look(model)
    assert len(seen) == 6
    assert all(len(part) <= 4 for part in attention(model, *states(model)))
    for layer, weights in zip(seen.layers, seen.weights, strict=True):
        assert weights.shape == (6, 2, layer.side**2, layer.keys)
        assert weights.dtype == np.float16
        assert weights.sum(-1, dtype=np.float32) == pytest.approx(1, abs=2e-3)


def test_the_weights_are_the_softmax_of_queries_and_keys(model: DDPM) -> None:
    x_t, t = states(model)
    name = "net.middle.0.attention"
    module = model.get_submodule(name)
    with record_inputs(model, [name]) as heard:
        model(torch.from_numpy(x_t[2:3].transpose(0, 3, 1, 2).copy()), torch.tensor(t[2:3]))
    q, k, _ = module.qkv(module.norm(heard[name][0]))[0].flatten(1).unflatten(0, (3, 2, -1)).double().numpy()
    scores = np.einsum("hdi,hdj->hij", q, k) / np.sqrt(q.shape[1])
    wanted = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    seen = look(model)
    got = seen.weights[[layer.name for layer in seen.layers].index(name)][2]
    assert got == pytest.approx(wanted, abs=1e-3)
    assert wanted.std() > 1e-2  # or any weights would do


def test_the_explicit_path_agrees_with_the_fused_one(model: DDPM) -> None:
    x_t, t = states(model)
    x, t, label = torch.from_numpy(x_t.transpose(0, 3, 1, 2).copy()), torch.from_numpy(t), torch.tensor([0, 1] * 3)
    fused = model(x, t, label)
    with explicit_attention():
        explicit = model(x, t, label)
    assert (fused - explicit).abs().max() < 1e-4


def test_a_class_changes_where_pixels_look(model: DDPM) -> None:
    cat, dog = look(model, 0), look(model, 1)
    cross = [i for i, layer in enumerate(cat.layers) if layer.cross]
    assert max(np.abs(cat.weights[i] - dog.weights[i]).max() for i in cross) > 0.01


def test_looking_leaves_no_trace_and_changes_no_bit_of_a_chain(model: DDPM) -> None:
    before, kept = states(model), {name: p.clone() for name, p in model.state_dict().items()}
    look(model)
    after = states(model)
    assert (before[0] == after[0]).all()
    assert all(torch.equal(p, kept[name]) for name, p in model.state_dict().items())
    assert not any(module.training for module in model.modules())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert all(p.grad is None for p in model.parameters())
    assert torch.is_grad_enabled()


def test_looking_in_the_middle_of_a_chain_changes_no_bit_of_it(model: DDPM) -> None:
    alone = [frame.x_t for frame in trajectory(model, seeds=[3], steps=5)]
    watched = []
    for frame in trajectory(model, seeds=[3], steps=5):
        watched.append(frame.x_t)
        if frame.t >= 0:
            parts = attention(model, frame.x_t, np.array([frame.t]))
            next(parts)
    assert all((a == b).all() for a, b in zip(alone, watched, strict=True))


def test_two_people_look_at_once_and_see_their_own(model: DDPM) -> None:
    wanted, seen, together = [look(model, label) for label in (0, 1)], {}, threading.Barrier(2)

    def person(label: int) -> None:
        together.wait()
        seen[label] = [look(model, label) for _ in range(5)]

    people = [threading.Thread(target=person, args=(label,)) for label in (0, 1)]
    for thread in people:
        thread.start()
    for thread in people:
        thread.join()
    for label in (0, 1):
        for got in seen[label]:
            assert all((a == b).all() for a, b in zip(got.weights, wanted[label].weights, strict=True))


@pytest.mark.parametrize(
    ("shape", "t", "message"),
    [
        ((2, 8, 8, 3), [5, 3], "16×16×3"),
        ((2, 16, 16, 3), [5], "one of"),
        ((0, 16, 16, 3), [], "one of"),
        ((2, 16, 16, 3), [3, -1], "0 to 99"),
        ((2, 16, 16, 3), [100, 3], "0 to 99"),
    ],
)
def test_states_that_do_not_fit_are_named_at_the_call(model: DDPM, shape: tuple, t: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        attention(model, np.zeros(shape, np.float32), np.array(t, int))
