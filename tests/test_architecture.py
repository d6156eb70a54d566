"""Which way imports point: read from every file, the lazy ones inside functions too."""

import ast
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = {
    path.relative_to(ROOT).as_posix(): path
    for folder in ("engines", "studio", "pages")
    for path in sorted((ROOT / folder).rglob("*.py"))
}
# A library, and the files and folders (with a / at the end) that may import it.
HOMES = {
    "torch": ("engines/",),
    "captum": ("engines/",),
    "diffusers": ("engines/interop/",),
    "plotly": ("studio/figures/",),
    "altair": ("studio/figures/",),
    "matplotlib": ("studio/figures/",),
    "gradio": ("studio/gradio_app.py",),
    "streamlit": (
        "pages/",
        "studio/app.py",
        "studio/server.py",
        "studio/widgets.py",
        "studio/state.py",
        "studio/scrubber/",
        "studio/panels/",
    ),
    "starlette": ("studio/server.py", "studio/hosts.py"),
}
OPTIONAL = {"torch_fidelity": ("engines/metrics/inception.py",)}  # used where a person has installed it
# Part of our own code, and the parts it may import; the longest name that fits a file or module counts.
ARROWS = {
    "engines": ("engines",),
    "studio.services": ("engines", "studio.services", "studio.recipe"),
    "studio.figures": ("studio.figures",),
    "studio.recipe": (),
    "studio": ("engines", "studio"),
    "pages": ("studio",),
}
# Inside engines, lower layers never import higher ones.
LAYERS = (
    ("engines.home", "engines.configs", "engines.device", "engines.images", "engines.noise"),
    ("engines.models",),
    ("engines.diffusion", "engines.data", "engines.metrics"),
    ("engines.training", "engines.introspect"),
    ("engines.fusion",),
    ("engines.families",),
    ("engines.checkpoints",),
    ("engines.sampling",),
    ("engines.fusing",),
    ("engines.evaluation", "engines.runs", "engines.twins", "engines.interop", "engines.pairs"),
    ("engines.terminal",),
    ("engines.fuse_command",),
    ("engines.cli",),
    ("engines.__main__",),
)


def imports(path: Path) -> set[str]:
    """All modules that a file imports, anywhere in it, in full."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("__import__", "importlib.import_module"):
            found.add(ast.literal_eval(node.args[0]))
    return found


def within(module: str, part: str) -> bool:
    return module == part or module.startswith(part + ".")


def module_of(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def layer(module: str) -> int | None:
    fits = [i for i, parts in enumerate(LAYERS) if any(within(module, part) for part in parts)]
    return fits[0] if fits else None


@pytest.mark.parametrize("name", FILES)
def test_a_library_is_imported_where_it_lives_alone(name: str) -> None:
    for module in imports(FILES[name]):
        homes = HOMES.get(module.split(".")[0])
        assert homes is None or name.startswith(homes), f"{name} imports {module}; only {', '.join(homes)} may"


@pytest.mark.parametrize("name", FILES)
def test_our_own_parts_point_one_way(name: str) -> None:
    part = max((part for part in ARROWS if within(module_of(name), part)), key=len)
    for module in imports(FILES[name]):
        if module.split(".")[0] in ("engines", "studio", "pages"):
            allowed = any(within(module, other) for other in ARROWS[part]) or within(module, part)
            assert allowed, f"{name} imports {module}; {part} may import {', '.join(ARROWS[part]) or 'nothing of ours'}"


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("engines/") and name.count("/")])
def test_lower_layers_of_the_engines_do_not_know_higher_ones(name: str) -> None:
    own = layer(module_of(name))
    if name == "engines/__init__.py":
        assert not imports(FILES[name])
        return
    assert own is not None, f"{name} is in no layer"
    for module in imports(FILES[name]):
        other = layer(module)
        assert other is None or other <= own, f"{name} imports {module}, which is above it"


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("pages/")])
def test_a_page_is_thin(name: str) -> None:
    tree = ast.parse(FILES[name].read_text("utf-8"))
    assert not [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def test_no_file_of_the_studio_hides_a_package() -> None:
    """Streamlit puts `studio/` itself first among the places where imports are looked for."""
    ours = {path.stem for path in (ROOT / "studio").glob("*.py") if not path.stem.startswith("__")}
    ours |= {path.name for path in (ROOT / "studio").iterdir() if path.is_dir() and not path.name.startswith("__")}
    assert not ours & sys.stdlib_module_names
    assert not ours & set(metadata.packages_distributions())


def test_tests_are_no_packages_and_mirror_the_code() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
    for path in (ROOT / "tests").glob("engines/**/test_*.py"):
        assert (ROOT / path.relative_to(ROOT / "tests").parent).is_dir(), path


def test_each_requirement_is_pinned_for_every_platform() -> None:
    lines = (line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines())
    for line in filter(None, lines):
        name, pinned, version = line.partition("==")
        assert name, line
        assert pinned, line
        assert "+" not in version, f"{line}: a build tag is there for one platform only"


def test_what_is_imported_is_required() -> None:
    """The libraries that our files import are in requirements.txt, not there by luck."""
    text = (ROOT / "requirements.txt").read_text("utf-8")
    required = {line.partition("==")[0].lower().replace("-", "_") for line in text.splitlines() if "==" in line}
    owners = metadata.packages_distributions()
    for name, path in FILES.items():
        for module in {module.split(".")[0] for module in imports(path)} - sys.stdlib_module_names:
            if module in ("engines", "studio", "pages") or name in OPTIONAL.get(module, ()):
                continue
            packages = {owner.lower().replace("-", "_") for owner in owners.get(module, [module])}
            assert packages & required, f"{name} imports {module}, which requirements.txt does not name"
