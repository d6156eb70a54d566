"""The layers of StyleGAN2: equalised learning rate, blurred resampling, modulated and demodulated convolution.

Every weight is drawn from N(0, 1) and scaled when it is used, so that one learning rate suits all layers (Karras et
al., 2018, section 4.1). Linear layers and all modulation run in float32, also under autocast.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLOPE = 0.2
GAIN = math.sqrt(2)  # keeps the variance through a leaky ReLU
TINY = 1e-8
START = 0.1  # of the conversions to colours: pictures that start near grey need not first unlearn bright noise


def leaky(x: Tensor) -> Tensor:
    """Leaky ReLU that keeps the size of its input: slope 0.2, gain √2."""
    return F.leaky_relu(x, SLOPE) * GAIN


def binomial() -> Tensor:
    """The low-pass filter [1, 3, 3, 1] in both directions, `(1, 1, 4, 4)`, with sum 1."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    return torch.outer(taps, taps)[None, None]


class Resample(nn.Module):
    """A depthwise convolution of `(B, C, H, W)` with the binomial filter: size ×2, size ÷2, or blur with `padding`.

    Borders see zeros. Depthwise is the form that a CPU is fastest at, most of all in channels-last.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("taps", binomial(), persistent=False)

    def _kernel(self, x: Tensor, gain: float = 1.0) -> Tensor:
        return (self.taps * gain).to(x.dtype).expand(x.shape[1], 1, 4, 4)

    def up(self, x: Tensor) -> Tensor:
        """`(B, C, H, W)` to `(B, C, 2H, 2W)`."""
        return F.conv_transpose2d(x, self._kernel(x, gain=4), stride=2, padding=1, groups=x.shape[1])

    def down(self, x: Tensor) -> Tensor:
        """`(B, C, H, W)` to `(B, C, H/2, W/2)`."""
        return F.conv2d(x, self._kernel(x), stride=2, padding=1, groups=x.shape[1])

    def blur(self, x: Tensor, padding: int, gain: float = 1.0) -> Tensor:
        """`(B, C, H, W)` to `(B, C, H + 2 padding − 3, W + 2 padding − 3)`."""
        return F.conv2d(x, self._kernel(x, gain), padding=padding, groups=x.shape[1])


class EqualLinear(nn.Module):
    """A linear layer with equalised learning rate; `rate` 0.01 makes it learn a hundred times more slowly."""

    def __init__(self, inputs: int, outputs: int, bias: float = 0.0, rate: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias / rate))
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return F.linear(x.float(), self.weight * (self.rate / math.sqrt(x.shape[1])), self.bias * self.rate)


class EqualConv2d(nn.Module):
    """A 1×1 or 3×3 convolution with equalised learning rate and, if `bias`, a leaky ReLU; `down` blurs and halves."""

    def __init__(self, inputs: int, outputs: int, kernel: int, down: bool = False, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.resample = Resample() if down else None

    def forward(self, x: Tensor) -> Tensor:
        kernel = self.weight.shape[-1]
        gain = 1 / math.sqrt(self.weight[0].numel())
        if self.resample is not None and kernel == 1:
            x = self.resample.down(x)
        stride, padding = 1, kernel // 2
        if self.resample is not None and kernel == 3:
            x, stride, padding = self.resample.blur(x, padding=2), 2, 0
        if self.bias is None:
            return F.conv2d(x, self.weight * gain, stride=stride, padding=padding)
        # the leaky ReLU commutes with its positive gain, which costs nothing on the weights
        return F.leaky_relu(F.conv2d(x, self.weight * (gain * GAIN), self.bias * GAIN, stride, padding), SLOPE)


def demodulation(weight: Tensor, style: Tensor) -> Tensor:
    """What brings each output channel back to unit variance, `(B, outputs)`, for `style` `(B, inputs)`.

    Karras et al., 2020, "Analyzing and improving the image quality of StyleGAN", eq. 3, with ε = 1e-8.
    """
    power = weight.float().square().sum((2, 3))  # (outputs, inputs)
    return (style.float().square() @ power.T + TINY).rsqrt()


class StyledConv(nn.Module):
    """One layer of the synthesis: modulated 3×3 convolution, noise, bias, leaky ReLU; `up` doubles the size.

    The style scales the input channels and the demodulation the output channels of one convolution that the whole
    batch shares: equal to convolving each picture with its own weights (there section 2.2), and far faster.
    """

    def __init__(self, inputs: int, outputs: int, w_dim: int, size: int, noisy: bool, up: bool = False) -> None:
        super().__init__()
        self.size = size
        self.affine = EqualLinear(w_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.resample = Resample() if up else None
        self.noise_strength = nn.Parameter(torch.zeros(())) if noisy else None
        self.register_buffer("noise_fixed", torch.randn(size, size) if noisy else None)

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None) -> Tensor:
        """`x` is `(B, inputs, H, W)`, `w` `(B, w_dim)`, `noise` broadcasts to `(B, 1, size, size)`."""
        style = self.affine(w)  # (B, inputs)
        with torch.autocast(x.device.type, enabled=False):
            scale = GAIN * demodulation(self.weight, style)  # (B, outputs)
        h = self._convolve(x * style.to(x.dtype)[:, :, None, None])  # (B, outputs, size, size)
        h = torch.addcmul((self.bias * GAIN).to(h.dtype)[:, None, None], h, scale.to(h.dtype)[:, :, None, None])
        if noise is not None and self.noise_strength is not None:
            h = h + (noise * (self.noise_strength * GAIN)).to(h.dtype)
        return F.leaky_relu(h, SLOPE)

    def _convolve(self, x: Tensor) -> Tensor:
        if self.resample is None:
            return F.conv2d(x, self.weight, padding=1)
        h = F.conv_transpose2d(x, self.weight.transpose(0, 1), stride=2)  # (B, outputs, 2H + 1, 2W + 1)
        return self.resample.blur(h, padding=1, gain=4)


class ToRGB(nn.Module):
    """A modulated 1×1 convolution to colours, without demodulation; `(B, C, H, W)` to `(B, colours, H, W)` float32."""

    def __init__(self, inputs: int, colours: int, w_dim: int) -> None:
        super().__init__()
        self.affine = EqualLinear(w_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(START * torch.randn(colours, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(colours))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        style = self.affine(w) / math.sqrt(self.weight.shape[1])  # (B, inputs)
        h = F.conv2d(x * style.to(x.dtype)[:, :, None, None], self.weight)
        return h.float() + self.bias[:, None, None]
