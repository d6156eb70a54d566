"""A generator's first lessons from a trained one: draw the same picture from the same latent."""

from torch import Tensor, nn

from engines.models.gan import GAN

PIXELS = 10.0  # weight of a pixel beside a feature


def imitation(pupil: GAN, teacher: nn.Module, z: Tensor) -> Tensor:
    """How far the pupil's pictures of latents `z`, `(B, z_dim)`, are from the teacher's, in pixels and features.

    A generator that starts from nothing may never catch up with a discriminator that sees so well; from blurred cats
    it does (Aguinaldo et al., 2019, "Compressing GANs using knowledge distillation").
    """
    wanted = teacher(z).detach()
    drawn = pupil.from_latents(z)
    gaps = [PIXELS * (drawn - wanted)]
    for mine, theirs in zip(pupil.project(drawn), pupil.project(wanted), strict=True):
        gaps.append(mine.float() - theirs.detach().float())
    return sum(gap.abs().mean() for gap in gaps)
