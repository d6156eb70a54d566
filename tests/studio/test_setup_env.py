"""The set-up on a machine that has nothing: real environments and a real pip, with wheels made here and no network."""

import ast
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio import launch, pip_install, setup_env
from studio.setup_env import SetupError, missing, prepare, python_of, requirements

ROOT = Path(__file__).resolve().parents[2]
PREPARE = "import sys; from pathlib import Path; from studio import setup_env; setup_env.prepare(Path(sys.argv[1]))"


def write_wheel(folder: Path, name: str, version: str) -> None:
    """A wheel of one empty module."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)


@pytest.fixture(autouse=True, scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """All that pip can reach: a folder of wheels."""
    folder = tmp_path_factory.mktemp("wheels")
    write_wheel(folder, "whisker_one", "1.0")
    write_wheel(folder, "whisker_two", "2.5")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PIP_")]:
            patch.delenv(name)
        patch.setenv("PIP_CONFIG_FILE", os.devnull)
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(folder))
        yield folder


def write_project(root: Path) -> Path:
    """A project that needs two packages."""
    root.mkdir()
    (root / "requirements.txt").write_text("# two\nwhisker_one==1.0\nwhisker_two==2.5  # the second\n")
    return root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")


def installed(root: Path) -> str:
    code = "import whisker_one, whisker_two; from importlib.metadata import version; print(version('whisker_two'))"
    return subprocess.run([python_of(root / ".venv"), "-c", code], capture_output=True, text=True).stdout.strip()


def test_two_first_starts_at_once_build_one_environment_over_the_rest_of_one_that_was_cut_off(
    project: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ensurepip", reason="this Python makes no environments")
    venv = project / ".venv"
    (venv / "lib").mkdir(parents=True)
    (venv / "lib" / "half").write_text("of a package")
    (venv / "whisker.building").touch()
    command = [sys.executable, "-c", PREPARE, str(project)]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("Making" in text for text in said) == 1
    assert installed(project) == "2.5"
    assert not (venv / "lib" / "half").exists()
    assert not (venv / "whisker.building").exists()

    with monkeypatch.context() as patch:  # another start installs nothing
        patch.setattr(pip_install, "install", lambda *_: pytest.fail("pip ran again"))
        assert prepare(project) == python_of(venv)
        (venv / "whisker.stamp").unlink()  # as in an environment made by hand
        assert prepare(project) == python_of(venv)

    write_wheel(wheels, "whisker_two", "3.0")  # other requirements are installed into the same environment
    (project / "requirements.txt").write_text("whisker_one==1.0\nwhisker_two==3.0\n")
    prepare(project)
    assert installed(project) == "3.0"


def test_a_failed_install_is_not_taken_for_one_that_was_cut_off(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv = project / ".venv"
    monkeypatch.setattr(setup_env, "_runs_pip", lambda _: True)
    monkeypatch.setattr(pip_install, "install", lambda *_: "No network.")
    with pytest.raises(SetupError, match="No network"):
        prepare(project)
    assert not (venv / "whisker.building").exists()
    assert not (venv / "whisker.stamp").exists()


def test_an_unreachable_index_is_said_in_words(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nothing listens there
    reason = pip_install.install(Path(sys.executable), project / "requirements.txt", project / "log")
    assert "cannot be reached" in reason


def test_a_version_that_does_not_exist_is_named(project: Path) -> None:
    (project / "requirements.txt").write_text("whisker_one==9.0\n")
    reason = pip_install.install(Path(sys.executable), project / "requirements.txt", project / "log")
    assert "whisker_one==9.0" in reason


def test_an_environment_with_the_packages_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(f"pytest=={pytest.__version__}\n")
    assert prepare(tmp_path) == Path(sys.executable)
    assert not (tmp_path / ".venv").exists()


def test_a_python_without_venv_says_what_to_install(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = setup_env.importlib.util.find_spec
    monkeypatch.setattr(setup_env.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name))
    with pytest.raises(SetupError, match="apt-get install python3-venv"):
        prepare(project)


def test_a_full_disk_is_noticed_before_anything_is_downloaded(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup_env.shutil, "disk_usage", lambda _: setup_env.shutil._ntuple_diskusage(9, 8, 10**9))
    with pytest.raises(SetupError, match=r"1\.0 GB of free disk; the packages need 3 GB"):
        prepare(project)


def test_a_folder_that_cannot_be_written_is_said(project: Path) -> None:
    (project / ".venv").write_text("in the way")
    with pytest.raises(SetupError, match="cannot write"):
        prepare(project)


def test_requirements_are_read_without_comments_and_markers() -> None:
    text = "# all\n\na==1.0\nb == 2  # why\nc==3; python_version > '3'\n"
    assert requirements(text) == {"a": "1.0", "b": "2", "c": "3"}


@pytest.mark.parametrize(
    ("version", "record", "lacking"),
    [("1.0", True, False), ("1.0+cpu", True, False), ("1.1", True, True), ("1.0", False, True)],
)
def test_a_build_tag_is_no_other_version_and_a_lost_record_no_package(
    version: str, record: bool, lacking: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / f"whisker_here-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: whisker_here\nVersion: {version}\n")
    if record:
        (info / "RECORD").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert missing({"whisker_here": "1.0"}) == (["whisker_here==1.0"] if lacking else [])


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "no room left"),
        ("WARNING: Retrying: NameResolutionError: Temporary failure in name resolution", "cannot be reached"),
        ("ERROR: [Errno 13] Permission denied: '/x'", "may not write"),
        ("ERROR: No matching distribution found for torch==2.13.0", "use another Python"),
        ("ERROR: something new", "something new"),
        ("", "stopped"),
    ],
)
def test_what_pip_says_becomes_advice_of_two_lines(said: str, advice: str) -> None:
    text = pip_install.advice(said, Path("log"))
    assert advice in text
    assert len(text.splitlines()) == 2


def test_before_the_set_up_only_the_standard_library_is_imported() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from studio import launch, setup_env, pip_install;"
        "launch.parser().parse_args([]); setup_env.missing({'nothing': '1'});"
        "print(*{name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names) - {'__main__', 'studio'})"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, str(ROOT)], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_an_old_python_can_read_the_launcher_and_is_told_what_it_needs() -> None:
    for name in ("__init__", "__main__"):
        ast.parse((ROOT / "studio" / f"{name}.py").read_text("utf-8"), feature_version=(3, 4))
    code = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path(sys.argv[1], run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "studio" / "__main__.py")], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "needs Python 3.11 or newer; this is 3.9" in done.stderr


def test_the_tests_exit_code_is_pytests_from_any_folder(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "studio"), "test", "--noconftest", "no/such/test.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "no/such/test.py" in done.stderr


def test_all_tests_take_every_core_and_picked_ones_start_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(setup_env, "prepare", lambda: Path("python"))
    monkeypatch.setattr(launch, "hand_over", lambda command, cwd: commands.append(command) or 0)
    for words in (["--durations=3"], ["tests/a.py", "-x"], ["-k", "cat"]):
        assert launch.main(["test", *words]) == 0
        assert commands[-1][-len(words) :] == words
    assert ["-n" in command for command in commands] == [True, False, False]


def test_wrong_options_are_refused_before_anything_is_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup_env, "prepare", lambda: pytest.fail("installed"))
    with pytest.raises(SystemExit) as ended:
        launch.main(["--port", "cat"])
    assert ended.value.code == 2
    assert "'cat' is no port" in capsys.readouterr().err
