"""`python -m engines fuse`: one pair as a picture, as several or as a film, or many pairs of a source in a folder."""

import argparse
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.terminal import bar, class_index, write_film

if TYPE_CHECKING:
    from engines.checkpoints import Model
    from engines.fusion.ways import Settings
    from engines.pairs.plan import Plan

SAYS = "Fuse two cats at λ, or many pairs of a source."
FILMS = (".gif", ".mp4")
_USE = "fuse CHECKPOINT A B --out FILE, fuse CHECKPOINT --pairs N --data SOURCE --out DIR, or fuse --resume DIR"


def options(sub: argparse.ArgumentParser) -> None:
    """The options of the command."""
    cat = "a seed, a seed of another model such as projected-cat-64:12, or a picture file"
    sub.add_argument("checkpoint", nargs="?")
    sub.add_argument("a", nargs="?", metavar="A", help=f"the first cat: {cat}")
    sub.add_argument("b", nargs="?", metavar="B", help="the second cat")
    sub.add_argument("--lam", help="λ from 0 (A) to 1 (B), or several such as 0,0.25,0.5 (default 0.5)")
    sub.add_argument("--method", help="the way between them (default slerp, or the checkpoint's first)")
    sub.add_argument("--steps", type=int, default=20, help="network steps of a whole chain (default 20)")
    sub.add_argument("--start", type=float, default=0.5, help="share of the chain that ways in noise run (default 0.5)")
    sub.add_argument("--sampler", default="ddpm", help="how ways in noise denoise (default ddpm)")
    sub.add_argument("--seed", type=int, default=0, help="of the noise; of pair i it is this plus i")
    sub.add_argument("--search", type=int, default=150, help="steps of the search for a GAN's latent (default 150)")
    sub.add_argument("--class", dest="label", metavar="CLASS", help="a class by name or number")
    sub.add_argument("--points", type=int, default=21, help="pictures of a film (default 21)")
    sub.add_argument("--out", type=Path, help="FILE.png, FILE.gif, FILE.mp4, or a folder for several λ or pairs")
    sub.add_argument("--pairs", type=int, metavar="N", help="fuse N pairs of --data into the folder --out")
    sub.add_argument("--data", metavar="SOURCE", help="where the pairs come from")
    sub.add_argument("--rule", default="any", help="which pairs: any, or not-both-dark (default any)")
    sub.add_argument("--choice", type=int, default=0, help="another number, other pairs (default 0)")
    sub.add_argument("--resume", type=Path, metavar="DIR", help="go on with the pairs in this folder")


def fuse(args: argparse.Namespace) -> dict[str, Any]:
    """One pair or many, as the arguments say."""
    if args.resume:
        if args.checkpoint or args.data or args.out:
            raise ValueError(
                "--resume takes its settings from the folder; only --pairs, for more of them, goes with it."
            )
        from engines.pairs import plan as plans

        return _many(plans.read(args.resume, args.pairs), args.resume)
    if not args.checkpoint or not args.out:
        raise ValueError(f"Something is missing. Use: {_USE}.")
    if args.pairs is None:
        return _one(args)
    if args.a or args.b or not args.data:
        raise ValueError("--pairs takes its cats from --data SOURCE, and no A and B. Use: " + _USE + ".")
    return _many(_plan(args), args.out)


def _one(args: argparse.Namespace) -> dict[str, Any]:
    import numpy as np

    from engines import checkpoints, fusing

    if not args.a or not args.b:
        raise ValueError(f"Two cats are needed, A and B. Use: {_USE}.")
    lams = _lams(args)
    model = checkpoints.load(args.checkpoint, can="interpolate")
    method, settings = _method(args, model), _settings(args, model)
    a, b = (fusing.parent(model, text) for text in (args.a, args.b))
    ready = []
    for step in fusing.fuse(model, method, a, b, lams, settings):
        bar(step.done, step.total, "drawing" if step.drawn else "encoding")
        if step.drawn and step.drawn.ready:
            ready.append(step.drawn.pictures)
    files = _write(args.out, np.concatenate(ready), lams)
    print(f"{len(lams)} pictures in {args.out}" if len(lams) > 1 else f"λ {lams[0]:g} in {args.out}")
    return {"checkpoint": model.card.name, "method": method, "lam": lams, "files": [str(file) for file in files]}


def _lams(args: argparse.Namespace) -> list[float]:
    """The λ that are asked for; ValueError where they do not fit the file."""
    if args.out.suffix in FILMS:
        if args.lam:
            raise ValueError("A film goes from λ 0 to 1; say in how many with --points, and leave --lam out.")
        if not 2 <= args.points <= 1000:
            raise ValueError(f"--points is {args.points}; a film has 2 to 1000 pictures.")
        return [i / (args.points - 1) for i in range(args.points)]
    try:
        lams = [float(word) for word in (args.lam or "0.5").split(",")]
    except ValueError:
        raise ValueError(f"--lam is {args.lam!r}; write a number such as 0.5, or several such as 0,0.25,0.5.") from None
    if args.out.suffix not in (".png", ""):
        raise ValueError(f"--out is {args.out.name}; its name must end in .png, {', '.join(FILMS)}, or be a folder's.")
    if args.out.suffix == ".png" and len(lams) > 1:
        raise ValueError(f"{len(lams)} λ do not fit into one picture; give --out a folder's name, or a film's.")
    return lams


def _write(out: Path, pictures: Any, lams: list[float]) -> list[Path]:
    from PIL import Image

    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix in FILMS:
        write_film(out, pictures)
        return [out]
    files = [out]
    if not out.suffix:
        out.mkdir(exist_ok=True)
        files = [out / f"lam-{lam:g}.png" for lam in lams]
    for file, picture in zip(files, pictures, strict=True):
        Image.fromarray(picture).save(file)
    return files


def _method(args: argparse.Namespace, model: "Model") -> str:
    from engines.fusing import ways

    there = list(ways(model))
    return args.method or ("slerp" if "slerp" in there else there[0])


def _settings(args: argparse.Namespace, model: "Model") -> "Settings":
    from engines.fusion.ways import Settings

    label = None if args.label is None else class_index(args.label, model.card.classes)
    return Settings(args.steps, args.start, args.sampler, args.seed, label, args.search)


def _plan(args: argparse.Namespace) -> "Plan":
    from engines import checkpoints
    from engines.pairs.plan import Plan

    model = checkpoints.load(args.checkpoint, can="interpolate")
    try:
        lam = float(args.lam or 0.5)
    except ValueError:
        raise ValueError(f"--lam is {args.lam!r}; all pairs are fused at one λ, such as 0.5.") from None
    method, settings = _method(args, model), _settings(args, model)
    return Plan(args.checkpoint, args.data, args.pairs, lam, method, args.rule, args.choice, settings)


def _many(plan: "Plan", folder: Path) -> dict[str, Any]:
    """A line for each finished pair, then the scores; Ctrl-C and SIGTERM leave what is finished."""
    from engines.metrics.scores import Score
    from engines.pairs import folder as files
    from engines.pairs.run import run

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    steps, said = run(plan, folder), None
    try:
        for step in steps:
            bar(step.done, step.total, step.doing)
            if step.pairs != said:
                said = step.pairs
                print(f"{step.seconds:8.0f} s  pair {step.pairs} of {step.of}", flush=True)
    except KeyboardInterrupt:
        pass
    finally:
        steps.close()
    found = files.read_json(folder / files.SCORES)
    if found is None:
        print(f"stopped; what is finished is kept. Go on with: python -m engines fuse --resume {folder}")
        return {"folder": str(folder), "pairs": len(files.records(folder)), "finished": False}
    for score in found["scores"]:
        print(Score(**score))
    print("\n".join(found["notes"]))
    for which in ("best", "worst"):
        print(f"{which} by balance: {', '.join(f'{pair:03d}.png' for pair in found[which])}")
    print(f"{plan.pairs} pairs in {folder}, all on {folder / files.SHEET}")
    return {"folder": str(folder), "pairs": plan.pairs, "finished": True, **found}
