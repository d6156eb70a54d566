"""The command line. Each command is one function; torch is imported inside them, so that `--help` is quick."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engines import fuse_command
from engines.terminal import bar, class_index, write_film, write_last


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(prog="python -m engines", description="Train, sample and measure models of cats.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], Any], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--json", action="store_true", help="print one JSON object as the last line")
        sub.set_defaults(run=run)
        return sub

    command("models", models, "List the checkpoints there are.")

    sub = command("sample", sample, "Draw pictures from noise, one PNG per seed.")
    sub.add_argument("checkpoint")
    sub.add_argument("--n", type=int, default=16, help="how many pictures (default 16)")
    sub.add_argument("--seed", type=int, default=0, help="seed of the first; the next ones count up")
    sub.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    _sampling(sub)

    sub = command("trajectory", trajectory, "Write every step of one chain, as GIF, MP4 or arrays.")
    sub.add_argument("checkpoint")
    sub.add_argument("--seed", type=int, default=0)
    sub.add_argument("--out", type=Path, required=True, help="FILE.gif, FILE.mp4, FILE.png (the picture) or FILE.npz")
    sub.add_argument("--photo", type=Path, help="start from this picture instead of noise")
    sub.add_argument("--start", type=float, default=1.0, help="share of the chain to run from the photo, above 0 to 1")
    _sampling(sub)

    fuse_command.options(command("fuse", fuse_command.fuse, fuse_command.SAYS))

    sub = command("train", train, "Train a model from a preset or a config, or go on with a run.")
    sub.add_argument("config", nargs="?", help="a preset's name or a YAML file")
    sub.add_argument("--data", help="where the pictures come from")
    sub.add_argument("--out", type=Path, help="the run's folder")
    sub.add_argument("--resume", type=Path, metavar="RUN", help="go on with the run in this folder")
    sub.add_argument("--minutes", type=float, help="stop after this long")
    sub.add_argument("--images", type=int, help="stop when this many pictures were seen in all")
    sub.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one setting")

    sub = command("publish", publish, "Turn a run's best weights into a checkpoint with its card.")
    sub.add_argument("run_folder", type=Path, metavar="RUN")
    sub.add_argument("--name", required=True)
    sub.add_argument("--to", type=Path, help="folder of checkpoints (default: your own, in WHISKER_HOME)")
    sub.add_argument("--n", type=int, default=653, help="samples to score (default 653)")

    sub = command("evaluate", evaluate, "Score a checkpoint's samples, or a folder or zip of pictures.")
    sub.add_argument("what", metavar="CHECKPOINT|DIR|ZIP")
    sub.add_argument("--reference", required=True, metavar="SOURCE", help="real pictures to compare with")
    sub.add_argument("--n", type=int, default=1000)
    sub.add_argument("--seed", type=int, default=0)
    sub.add_argument("--features", default="lite0", help="the network that looks: lite0 or lite1 (default lite0)")
    sub.add_argument("--split", choices=("train", "val", "test"), help="part of the reference to use (default: all)")

    sub = command("import", import_, "Turn an NVIDIA StyleGAN2-ADA pickle into a checkpoint, executing nothing in it.")
    sub.add_argument("file", type=Path, metavar="FILE")
    sub.add_argument("--name", help="the checkpoint's name")
    sub.add_argument("--to", type=Path, help="folder of checkpoints (default: your own, in WHISKER_HOME)")
    sub.add_argument("--scan", action="store_true", help="only list what the file would import")

    sub = command("preprocess", preprocess, "Resize and split a source of pictures into one zip.")
    sub.add_argument("source", metavar="SOURCE")
    sub.add_argument("--size", type=int, required=True)
    sub.add_argument("--out", type=Path, required=True)
    sub.add_argument("--split", default="80/10/10")
    return top


def _sampling(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--class", dest="label", metavar="CLASS", help="a class by name or number")
    sub.add_argument("--sampler", default="dpmpp", help="dpmpp, ddim, ddpm or heun (default dpmpp)")
    sub.add_argument("--steps", type=int, default=20, help="network steps (default 20)")
    sub.add_argument("--eta", type=float, default=0.0, help="fresh noise of ddim, 0 to 1")
    sub.add_argument("--guidance", type=float, default=1.0, help="classifier-free guidance w; 1 is off")


def models(_: argparse.Namespace) -> dict[str, Any]:
    """One line per checkpoint."""
    from engines import checkpoints

    cards = checkpoints.available()
    for card in cards:
        print(
            f"{card.name:24} {card.family:10} {card.parameters / 1e6:5.1f} M parameters  "
            f"{card.images_seen:>9} pictures seen  {card.description}"
        )
    return {"models": [{"name": card.name, "family": card.family, "parameters": card.parameters} for card in cards]}


def sample(args: argparse.Namespace) -> dict[str, Any]:
    """Write `seed-000000.png` and so on, whatever the batch they were drawn in."""
    from PIL import Image

    from engines import checkpoints
    from engines.sampling import draw

    if args.n < 1:
        raise ValueError(f"--n is {args.n}; at least 1 picture.")
    model = checkpoints.load(args.checkpoint)
    options = _options(args, model.card.classes) if "trajectory" in model.can else {}
    args.out.mkdir(parents=True, exist_ok=True)
    files = []
    for first in range(args.seed, args.seed + args.n, 16):
        seeds = range(first, min(first + 16, args.seed + args.n))
        for drawn in draw(model, seeds, **options):
            bar(drawn.done, drawn.total, f"seeds {seeds[0]} to {seeds[-1]}")
        for seed, picture in zip(seeds, drawn.pictures, strict=True):
            files.append(args.out / f"seed-{seed:06d}.png")
            Image.fromarray(picture).save(files[-1])
    print(f"{len(files)} pictures in {args.out}")
    if options.get("label") is not None:
        options["label"] = model.card.classes[options["label"]]
    return {"checkpoint": model.card.name, "files": [str(file) for file in files], **options}


def _options(args: argparse.Namespace, classes: Sequence[str]) -> dict[str, Any]:
    label = None if args.label is None else class_index(args.label, classes)
    return {
        "sampler": args.sampler, "steps": args.steps, "eta": args.eta, "guidance": args.guidance, "label": label
    }  # fmt: skip


def trajectory(args: argparse.Namespace) -> dict[str, Any]:
    """Every frame of one chain, in the format that the file's name asks for."""
    import numpy as np

    from engines import checkpoints
    from engines.data.sources import load_photo
    from engines.images import quantise
    from engines.introspect.trajectory import trajectory as chain

    writers = {".gif": write_film, ".mp4": write_film, ".png": write_last, ".npz": None}
    if args.out.suffix not in writers:
        raise ValueError(f"--out is {args.out.name}; its name must end in {', '.join(writers)}.")
    model = checkpoints.load(args.checkpoint, can="trajectory")
    photo = load_photo(args.photo, model.net.shape[1]) if args.photo else None
    frames = []
    for frame in chain(
        model.net, seeds=[args.seed], photo=photo, start=args.start, **_options(args, model.card.classes)
    ):
        bar(frame.index, frame.total, "denoising")
        frames.append(frame)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    if args.out.suffix == ".npz":
        arrays = {name: np.concatenate([getattr(frame, name) for frame in frames]) for name in ("x_t", "x0", "eps")}
        np.savez_compressed(args.out, t=[f.t for f in frames], alpha_bar=[f.alpha_bar for f in frames], **arrays)
    else:
        writers[args.out.suffix](args.out, quantise(np.concatenate([frame.x_t for frame in frames])))
    print(f"{len(frames)} frames in {args.out}")
    return {"checkpoint": model.card.name, "file": str(args.out), "frames": len(frames)}


def train(args: argparse.Namespace) -> dict[str, Any]:
    """Print a line per event until the run ends; Ctrl-C and SIGTERM save the state first."""
    from dataclasses import replace

    from engines import runs
    from engines.configs import override

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if args.resume:
        if args.config or args.data or args.out or args.set:
            raise ValueError(
                "--resume takes its config, data and folder from the run; only --minutes and --images go with it."
            )
        folder, events = args.resume, runs.resume(args.resume, args.minutes, args.images)
    else:
        if not args.config or not args.out:
            raise ValueError("train needs a preset or config file and --out RUN, or --resume RUN.")
        config = override(runs.read_config(args.config), args.set)
        changes = {"data": args.data, "images": args.images}
        config = replace(config, **{key: value for key, value in changes.items() if value is not None})
        folder, events = args.out, runs.start(config, args.out, args.minutes)
    last = None
    try:
        for event in events:
            last = event
            values = "  ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in event.values.items())
            print(f"{event.seconds:8.0f} s  {event.images:>9} pictures  {event.kind:10} {values}", flush=True)
    except KeyboardInterrupt:
        print(f"stopped; the state is saved. Go on with: python -m engines train --resume {folder}")
    finally:
        events.close()
    return {"run": str(folder), "images": last.images if last else 0, "seconds": last.seconds if last else 0.0}


def publish(args: argparse.Namespace) -> dict[str, Any]:
    """Sample, score, and write the checkpoint."""
    from engines import runs
    from engines.home import home

    done: dict[str, Any] = {}
    for done in runs.publish(args.run_folder, args.name, args.to or home() / "checkpoints", args.n):
        if done["step"] == "sampling":
            bar(done["done"], done["of"], "sampling")
    print(f"published {done['path']}")
    return done


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """Print each score with its interval, N, seed and reference."""
    from engines import evaluation

    scores = evaluation.evaluate(args.what, args.reference, args.n, args.seed, args.features, args.split, bar)
    for score in scores:
        print(score)
    return {"scores": [score.to_dict() for score in scores]}


def import_(args: argparse.Namespace) -> dict[str, Any]:
    """Read the file into a checkpoint, or say what it would import."""
    from engines.home import home
    from engines.interop.importing import import_nvidia, look

    if args.scan:
        report = look(args.file)
        print(report)
        return {"file": str(args.file), **vars(report)}
    if not args.name:
        raise ValueError("import needs --name NAME for the checkpoint, or --scan to look only.")
    done = import_nvidia(args.file, args.name, args.to or home() / "checkpoints")
    print(f"imported {done.path}: a generator of {done.parameters / 1e6:.1f} M parameters")
    if not done.judged:
        print("its discriminator is of another kind and stayed behind")
    return {"path": str(done.path), "parameters": done.parameters, "discriminator": done.judged}


def preprocess(args: argparse.Namespace) -> dict[str, Any]:
    """Print the progress every 500 pictures and what was skipped, with the reasons."""
    from engines.data.preprocess import preprocess as run

    done = None
    for done in run(args.source, args.size, args.out, args.split):
        print(done, flush=True)
    return {"out": str(args.out)}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; what a user got wrong is one line on standard error and exit code 2."""
    args = parser().parse_args(argv)
    try:
        result = args.run(args)
    except (ValueError, LookupError, OSError) as error:
        text = error.args[0] if isinstance(error, LookupError) and error.args else error
        print(f"error: {text}", file=sys.stderr)
        return 2
    if args.json:
        print(json.dumps(result, default=str))
    return 0
