"""What keeps StyleGAN2 from blowing up: R1 on the discriminator, path length on the generator, both done lazily.

Both differentiate a gradient: run the network that they look at in float32, outside of any autocast. In half precision
their squares over- and underflow, which is what turns a GAN's weights into NaN and its pictures black.
"""

import math

import torch
from torch import Tensor, nn

DECAY = 0.01  # how far the running mean of path lengths moves in one update


def r1_penalty(logits: Tensor, images: Tensor) -> Tensor:
    """‖∇ D(x)‖² of each real picture, `(B,)`; the loss adds γ/2 times its mean (Mescheder et al., 2018, eq. 9).

    `images`, `(B, C, H, W)`, is what the discriminator saw, so after augmentation, a leaf that requires its gradient.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.square().flatten(1).sum(1)


class PathLength(nn.Module):
    """Asks a step in w to change the picture by the same amount everywhere: (‖Jᵀy‖ − a)², a the running mean length.

    Karras et al., 2020, "Analyzing and improving the image quality of StyleGAN", section 3.2 and appendix B.
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(()))

    def forward(self, images: Tensor, w: Tensor, y: Tensor) -> Tensor:
        """The penalty of each picture, `(B,)`; moves the running mean.

        `images`, `(B, C, H, W)`, were drawn from `w`, `(B, layers, w_dim)`, with gradients; `y` is standard normal of
        the pictures' shape, and scaled here by 1/√(HW), so that lengths do not depend on the size.
        """
        y = y / math.sqrt(images.shape[2] * images.shape[3])
        (gradient,) = torch.autograd.grad((images * y).sum(), w, create_graph=True)
        lengths = gradient.square().sum(2).mean(1).sqrt()  # (B,)
        self.mean.lerp_(lengths.detach().mean(), DECAY)
        return (lengths - self.mean.clone()).square()


def lazy(rate: float, betas: tuple[float, float], every: int) -> tuple[float, tuple[float, float]]:
    """Learning rate and Adam's betas for a network whose regulariser gets a step of its own every `every` steps.

    With c = every / (every + 1) the rate becomes c · rate and the betas β^c, so that `every` + 1 steps do what `every`
    did; the regulariser's loss is to be multiplied by `every` (there appendix B). 0 means no regulariser: no change.
    """
    if every < 0:
        raise ValueError(f"every is {every}; it counts steps, and 0 means never.")
    if not every:
        return rate, betas
    c = every / (every + 1)
    return c * rate, (betas[0] ** c, betas[1] ** c)
