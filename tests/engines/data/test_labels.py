import json

import pytest

from engines.data.labels import from_folders, from_json


@pytest.mark.parametrize(
    ("names", "classes", "labels"),
    [
        (["b.png", "a.png"], ["mine"], [0, 0]),
        (["cat/a.png", "dog/b.png"], ["cat", "dog"], [0, 1]),
        (["cat/a.png", "cat/b.png"], ["cat"], [0, 0]),
        (["PetImages/Cat/a.png", "PetImages/Dog/b.png"], ["Cat", "Dog"], [0, 1]),
        (["train/cat/a.png", "test/dog/b.png", "test/cat/c.png"], ["cat", "dog"], [0, 1, 0]),
        (["set/train/cat/a.png", "set/val/cat/b.png"], ["cat"], [0, 0]),
        (["train/a.png", "val/b.png"], ["mine"], [0, 0]),
        (["cat/x/a.png", "cat/y/b.png", "dog/c.png"], ["cat", "dog"], [0, 0, 1]),
        (["cat/a.png", "dog/b.png", "loose.png"], ["cat", "dog"], [0, 1, None]),
        (["a.png", "b.png", "more/c.png"], ["mine"], [0, 0, 0]),
        (["cat/a.png", "cat/more/b.png"], ["cat"], [0, 0]),
        (["catalogue/a.png", "category/b.png"], ["catalogue", "category"], [0, 1]),
    ],
)
def test_folders_are_classes(names: list[str], classes: list[str], labels: list[int | None]) -> None:
    found = from_folders(names, "mine")
    assert list(found.classes) == classes
    assert [found.of.get(name) for name in names] == labels


def test_reads_the_labels_of_stylegan() -> None:
    data = json.dumps({"labels": [["00000/a.png", 2], ["00000/b.png", 0]]}).encode()
    found = from_json(data, ["00000/a.png", "00000/b.png", "00000/c.png"], "mine")
    assert found.classes == ("0", "1", "2")
    assert found.of == {"00000/a.png": 2, "00000/b.png": 0}


def test_no_labels_are_one_class_whatever_the_folders() -> None:
    found = from_json(b'{"labels": null}', ["00000/a.png", "00001/b.png"], "mine")
    assert found.classes == ("mine",)
    assert set(found.of.values()) == {0}


@pytest.mark.parametrize(
    "content",
    [
        "no json",
        "[]",
        "{}",
        '{"labels": 3}',
        '{"labels": [["a.png"]]}',
        '{"labels": [["a.png", 0.5]]}',
        '{"labels": [["a.png", true]]}',
        '{"labels": [["a.png", -1]]}',
        '{"labels": [["a.png", 1000000000000]]}',
        '{"labels": [["a.png", [0, 1]]]}',
        '{"labels": [["a.png", 1]], "classes": ["cat"]}',
        '{"labels": null, "splits": {"a.png": "holdout"}}',
        '{"labels": null, "splits": [1]}',
        '{"labels": null, "splits": {"a.png": []}}',
        "[" * 100_000,
    ],
)
def test_anything_else_is_refused_in_one_line(content: str) -> None:
    with pytest.raises(ValueError, match=r"dataset\.json of mine") as error:
        from_json(content.encode(), ["a.png"], "mine")
    assert "\n" not in str(error.value)
