"""The README names what there is: the two commands, each page, family and command, and only files that exist."""

import argparse
import re
from pathlib import Path

import pytest

from engines.cli import parser
from engines.families import FAMILIES
from studio import launch
from studio.navigation import PAGES

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def commands() -> list[str]:
    """The names of the sub-commands of `python -m engines`."""
    [subs] = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return list(subs.choices)


@pytest.mark.parametrize("command", ["python3 -m studio", "python3 -m studio test"])
def test_the_two_commands_are_there(command: str) -> None:
    assert re.search(rf"^\s*{command}\s*(#|$)", README, re.MULTILINE)


@pytest.mark.parametrize("title", [page.title for page in PAGES])
def test_each_page_has_its_row(title: str) -> None:
    assert re.search(rf"^\| *{title} *\|", README, re.MULTILINE)


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_has_its_row(family: str) -> None:
    assert re.search(rf"^\| *`{family}` *\|", README, re.MULTILINE)


@pytest.mark.parametrize("command", commands())
def test_each_command_has_its_row(command: str) -> None:
    assert re.search(rf"^\| *`{command}\b", README, re.MULTILINE)


def test_each_option_of_the_studio_is_named() -> None:
    options = {option for action in launch.parser()._actions for option in action.option_strings if option[:2] == "--"}
    assert {option for option in options - {"--help"} if option not in README} == set()


def test_each_file_it_points_to_exists() -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", README)
    linked += re.findall(r"`((?:engines|studio|pages|assets|tests)/[\w./-]+)`", README)
    assert linked
    assert [name for name in linked if not (ROOT / name).exists()] == []
