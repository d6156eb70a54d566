"""The walk through a U-Net agrees with what really passes through it."""

import pytest
import torch

from engines.diffusion.model import DDPM, DDPMConfig
from engines.introspect.blocks import blocks, find, joints
from engines.introspect.capture import record, record_inputs
from engines.models.unet import UNetConfig

TINY = {"image_size": 16, "model_channels": 16, "multipliers": (1, 2), "attention": (8,), "heads": 2}


def model(**changes: object) -> DDPM:
    torch.manual_seed(0)
    return DDPM(DDPMConfig(UNetConfig(**{**TINY, **changes}), num_timesteps=100)).eval().requires_grad_(False)


@pytest.mark.parametrize("changes", [{}, {"patch": 2, "attention": (4,)}, {"blocks": 2, "multipliers": (1, 2, 3)}])
def test_shapes_are_those_that_pass_through(changes: dict) -> None:
    made = model(**changes)
    found = blocks(made)
    with record(made, [block.name for block in found]) as heard:
        made(torch.randn(1, 3, 16, 16), torch.tensor([5]))
    for block in found:
        assert heard[block.name][0].shape == (1, block.channels, block.side, block.side)


@pytest.mark.parametrize("changes", [{}, {"blocks": 2, "multipliers": (1, 2, 3)}])
def test_a_joint_gets_the_block_before_and_then_its_skip(changes: dict) -> None:
    made = model(**changes)
    found = blocks(made)
    entered = joints(found)
    assert len(entered) == sum(type(module).__name__ == "Level" for module in made.net.up)
    with record(made, [block.name for block in found]) as out, record_inputs(made, [b.name for b in entered]) as into:
        made(torch.randn(1, 3, 16, 16), torch.tensor([5]))
    for joint in entered:
        before = found[found.index(joint) - 1]
        assert joint.backbone == before.channels
        torch.testing.assert_close(into[joint.name][0], torch.cat([out[before.name][0], out[joint.skip][0]], 1))


def test_the_order_the_paths_and_the_titles() -> None:
    found = blocks(model())
    assert [(block.name, block.path, block.title) for block in found] == [
        ("net.stem", "down", "stem"),
        ("net.down.0", "down", "down 16×16"),
        ("net.down.1", "down", "down to 8×8"),
        ("net.down.2", "down", "down 8×8"),
        ("net.middle.0", "middle", "middle 8×8 · 1"),
        ("net.middle.1", "middle", "middle 8×8 · 2"),
        ("net.up.0", "up", "up 8×8 · 1"),
        ("net.up.1", "up", "up 8×8 · 2"),
        ("net.up.2", "up", "up to 16×16"),
        ("net.up.3", "up", "up 16×16 · 1"),
        ("net.up.4", "up", "up 16×16 · 2"),
        ("net.head", "up", "head"),
    ]
    skips = {block.name: block.skip for block in joints(found)}
    assert skips == {
        "net.up.0": "net.down.2", "net.up.1": "net.down.1", "net.up.3": "net.down.0", "net.up.4": "net.stem"
    }  # fmt: skip


def test_a_network_without_skips_has_no_joints() -> None:
    assert joints(blocks(model(skips=False))) == ()


def test_an_unknown_block_lists_those_there_are() -> None:
    with pytest.raises(LookupError, match=r"no block 'nose'; there are: net\.stem, net\.down\.0"):
        find(blocks(model()), "nose")
