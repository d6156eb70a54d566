"""A file of NVIDIA's kind becomes a checkpoint: as a user types it, with its card, its pictures and its judge."""

import hashlib
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from engines import checkpoints
from engines.cli import main
from engines.images import to_uint8
from engines.interop.nvidia import generator
from engines.interop.pickles import loads
from engines.models.stylegan2 import StyleGAN2Generator


def judge_weights(nvidia: SimpleNamespace) -> dict[str, Tensor]:
    """A residual discriminator for the 16 px generator, under NVIDIA's names."""
    draw = torch.Generator().manual_seed(2)

    def randn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=draw)

    made = {"b16.fromrgb.weight": randn(4, 3, 1, 1), "b16.fromrgb.bias": randn(4)}
    for size, i, o in ((16, 4, 8), (8, 8, 8)):
        made |= {f"b{size}.resample_filter": nvidia.filters(), f"b{size}.skip.weight": randn(o, i, 1, 1)}
        made |= {f"b{size}.conv0.weight": randn(i, i, 3, 3), f"b{size}.conv0.bias": randn(i)}
        made |= {f"b{size}.conv1.weight": randn(o, i, 3, 3), f"b{size}.conv1.bias": randn(o)}
    made |= {"b4.conv.weight": randn(8, 9, 3, 3), "b4.conv.bias": randn(8)}
    made |= {"b4.fc.weight": randn(8, 128), "b4.fc.bias": randn(8)}
    return made | {"b4.out.weight": randn(1, 8), "b4.out.bias": randn(1)}


def judged(theirs: dict[str, Tensor], x: Tensor) -> Tensor:
    """What the paper's discriminator says of pictures, `(B,)`; the whole batch is one group."""

    def act(h: Tensor) -> Tensor:
        return F.leaky_relu(h, 0.2) * 2**0.5

    def conv(h: Tensor, name: str, padding: int = 0, stride: int = 1) -> Tensor:
        weight = theirs[f"{name}.weight"]
        h = F.conv2d(h, weight / weight[0].numel() ** 0.5, stride=stride, padding=padding)
        return act(h + theirs[f"{name}.bias"][:, None, None]) if f"{name}.bias" in theirs else h

    def blur(h: Tensor, padding: int) -> Tensor:
        taps = torch.tensor([1.0, 3, 3, 1]) / 8
        return F.conv2d(h, torch.outer(taps, taps).expand(h.shape[1], 1, 4, 4), padding=padding, groups=h.shape[1])

    h = conv(x, "b16.fromrgb")
    for size in (16, 8):
        down = conv(blur(conv(h, f"b{size}.conv0", 1), 2), f"b{size}.conv1", stride=2)
        h = (down + conv(blur(h, 1)[:, :, ::2, ::2], f"b{size}.skip")) * 0.5**0.5
    spread = (h.var(0, correction=0) + 1e-8).sqrt().mean().expand(len(h), 1, 4, 4)
    h = conv(torch.cat([h, spread], 1), "b4.conv", 1).flatten(1)
    h = act(h @ theirs["b4.fc.weight"].T / 128**0.5 + theirs["b4.fc.bias"])
    return (h @ theirs["b4.out.weight"].T / 8**0.5 + theirs["b4.out.bias"]).squeeze(1)


@pytest.fixture
def file(nvidia: SimpleNamespace, tmp_path: Path) -> Path:
    judge = judge_weights(nvidia)
    average = nvidia.generator_weights()
    content = {
        "G": nvidia.nest("Generator", {k: v + 1 for k, v in average.items()}),
        "D": nvidia.nest("Discriminator", judge),
        "G_ema": nvidia.nest("Generator", average),
        "training_set_kwargs": nvidia.EasyDict(class_name="training.dataset", path="/home/somebody/data/cats16.zip"),
        "augment_pipe": None,
    }
    path = tmp_path / "network-snapshot.pkl"
    path.write_bytes(nvidia.dump(content, 4))
    return path


def run(capsys: pytest.CaptureFixture, *words: object) -> dict[str, Any]:
    assert main([*map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_a_file_becomes_a_checkpoint_that_samples(
    nvidia: SimpleNamespace, file: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    done = run(capsys, "import", file, "--name", "theirs", "--to", tmp_path / "checkpoints")
    assert done["discriminator"] is True
    path = Path(done["path"])
    assert {f.name for f in path.iterdir()} == {"card.json", "weights.safetensors", "scores.json", "samples.png"}
    run(capsys, "sample", path, "--n", 2, "--seed", 3, "--out", tmp_path / "out")
    theirs = generator(loads(nvidia.dump(nvidia.nest("Generator", nvidia.generator_weights()))))
    net = StyleGAN2Generator(theirs.config).eval()
    net.load_state_dict(theirs.state)
    with torch.no_grad():
        expected = to_uint8(net(checkpoints.load(str(path)).net.z([3, 4]), noise="fixed"))
    found = np.stack([np.asarray(Image.open(tmp_path / "out" / f"seed-00000{seed}.png")) for seed in (3, 4)])
    difference = np.abs(found.astype(int) - expected)
    assert np.quantile(difference, 0.99) <= 2  # weights are kept in half precision
    assert expected.std() > 20


def test_its_judge_comes_along(
    nvidia: SimpleNamespace, file: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    done = run(capsys, "import", file, "--name", "theirs", "--to", tmp_path / "checkpoints")
    x = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(3)) * 2 - 1
    with torch.no_grad():
        said = checkpoints.load(done["path"]).net.score(x)
    torch.testing.assert_close(said, judged(judge_weights(nvidia), x), atol=2e-2, rtol=1e-2)


@pytest.mark.parametrize(
    "change",
    [
        {"b16.skip.weight": None},
        {"b8.conv1.weight": torch.ones(6, 8, 3, 3)},
        {"mapping.fc0.weight": torch.ones(6, 6)},
        {"b4.out.bias": torch.tensor([float("inf")])},
    ],
)
def test_another_kind_of_judge_stays_behind_and_the_one_there_says_nothing(
    change: dict, nvidia: SimpleNamespace, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    judge = {k: v for k, v in (judge_weights(nvidia) | change).items() if v is not None}
    content = {"D": nvidia.nest("D", judge), "G_ema": nvidia.nest("Generator", nvidia.generator_weights())}
    (tmp_path / "x.pkl").write_bytes(nvidia.dump(content))
    done = run(capsys, "import", tmp_path / "x.pkl", "--name", "theirs", "--to", tmp_path / "checkpoints")
    assert done["discriminator"] is False
    model = checkpoints.load(done["path"])
    with torch.no_grad():
        assert not model.net.score(torch.rand(4, 3, 16, 16)).any()
    assert "says 0 of everything" in model.card.description


def test_the_card_says_where_it_came_from_and_whose_licence_applies(
    file: Path, home: Path, capsys: pytest.CaptureFixture
) -> None:
    done = run(capsys, "import", file, "--name", "theirs-1.0")
    card = checkpoints.read_card(Path(done["path"]))
    assert Path(done["path"]).parent == home / "checkpoints"
    assert (card.name, card.family) == ("theirs-1.0", "stylegan2")
    assert "network-snapshot.pkl" in card.description
    assert "NVIDIA" in card.description
    assert card.trained_on == "cats16.zip"  # and nobody's folders
    assert "non-commercial" in card.licence
    assert hashlib.sha256(file.read_bytes()).hexdigest() in card.history[0]


def test_scan_lists_names_and_makes_nothing(file: Path, home: Path, capsys: pytest.CaptureFixture) -> None:
    before = sorted((home / "checkpoints").iterdir())
    done = run(capsys, "import", file, "--scan")
    assert "torch_utils.persistence._reconstruct_persistent_obj" in done["imports"]
    assert sorted((home / "checkpoints").iterdir()) == before


class Hostile:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple:
        return os.system, (self.command,)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("hostile", "system, and only"),
        ("tensorflow", "TensorFlow era"),
        ({"G": 1}, "holds no G_ema"),
        ([1, 2], "holds no G_ema"),
        (b"not a pickle", "damaged"),
    ],
)
def test_what_cannot_be_imported_is_one_line_and_leaves_nothing(
    content: Any, says: str, nvidia: SimpleNamespace, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    if content == "hostile":
        content = {"G_ema": nvidia.nest("Generator", {}), "x": Hostile(f"touch {tmp_path / 'victim'}")}
    if content == "tensorflow":
        content = (nvidia.Named("dnnlib.tflib.network", "Network"),)
    path = tmp_path / "x.pkl"
    path.write_bytes(content if isinstance(content, bytes) else nvidia.dump(content))
    assert main(["import", str(path), "--name", "x", "--to", str(tmp_path / "checkpoints")]) == 2
    error = capsys.readouterr().err
    assert "x.pkl cannot be imported" in error
    assert says in error
    assert len(error.strip().splitlines()) == 1
    assert not (tmp_path / "checkpoints").exists()
    assert not (tmp_path / "victim").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["missing.pkl", "--name", "x"], "not a file"),
        (["FILE"], "--name NAME"),
        (["FILE", "--name", "../x"], "letters, digits"),
        (["FILE", "--name", ".hidden"], "letters, digits"),
    ],
)
def test_mistakes_of_the_command(
    words: list[str], says: str, file: Path, home: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["import", *(str(file) if word == "FILE" else word for word in words)]) == 2
    assert says in capsys.readouterr().err
