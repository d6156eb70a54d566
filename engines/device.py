"""Which device and which precision this machine is best at."""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "0")  # must stand before torch: on a busy machine spinning threads cost 5–40×

import torch


def pick(name: str = "auto") -> torch.device:
    """`auto` takes CUDA, then Apple's MPS, then the CPU; a name takes that one, ValueError if it is not there."""
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, there in present.items() if there))
    if not present.get(name.split(":")[0], False):
        there = ", ".join(kind for kind, ok in present.items() if ok)
        raise ValueError(f"Device {name!r} is not on this machine; here there is: auto, {there}.")
    return torch.device(name)


def fast_bfloat16(device: torch.device) -> bool:
    """Whether bf16 arithmetic is in the hardware: AMX or AVX512-BF16 on a CPU, Ampere or later on CUDA."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return False


def describe(device: torch.device) -> str:
    """The device in words, for a card: "CPU, 2 threads", "NVIDIA A100"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU, {torch.get_num_threads()} threads" if device.type == "cpu" else "Apple GPU (MPS)"
