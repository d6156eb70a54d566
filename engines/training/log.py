"""What a run writes and pages read: `log.jsonl`, one line per event, and the same numbers for TensorBoard."""

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from PIL import Image
from torch.utils.tensorboard import SummaryWriter


class RunLog:
    """Appends events to a run's folder; a resumed run first drops the lines after the state that it resumes from."""

    def __init__(self, folder: Path, step: int = 0) -> None:
        self.folder = folder
        (folder / "samples").mkdir(parents=True, exist_ok=True)
        self.path = folder / "log.jsonl"
        kept = [line for line in read(folder) if line["step"] <= step]
        self.path.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
        self._lines = self.path.open("a", encoding="utf-8", buffering=1)
        self._board = SummaryWriter(folder / "tensorboard", purge_step=step + 1 if step else None)

    def write(self, kind: str, step: int, images: int, seconds: float, values: dict[str, Any]) -> None:
        """Log one event of `kind` (`train`, `validation`, `scores`, `end`)."""
        line = {"kind": kind, "step": step, "images": images, "seconds": round(seconds, 2), **values}
        self._lines.write(json.dumps(line) + "\n")
        for name, value in values.items():
            if isinstance(value, (int, float)):
                self._board.add_scalar(f"{kind}/{name}", value, images)

    def picture(self, images: int, sheet: np.ndarray) -> Path:
        """Keep a sheet of samples, uint8 `(H, W, 3)`, named by the pictures seen so far."""
        path = self.folder / "samples" / f"{images:09d}.png"
        Image.fromarray(sheet).save(path)
        self._board.add_image("samples", sheet, images, dataformats="HWC")
        return path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._lines.close()
        self._board.close()


def read(folder: Path) -> list[dict[str, Any]]:
    """All lines of a run's log; a last line cut short by a crash is left out."""
    path = folder / "log.jsonl"
    if not path.is_file():
        return []
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            continue
    return lines
