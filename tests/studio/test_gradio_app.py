"""The Gradio app as its users meet it: through its API, with files that hold their recipes."""

import json
import os
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from PIL import Image

from engines.diffusion.samplers import SAMPLERS
from studio import batch, gradio_app, widgets
from studio.recipe import Recipe, from_png
from studio.services import generate

SETTINGS: dict[str, Any] = {"checkpoint": "tiny", "seed": 3, "number": 2, "sampler": "dpmpp", "steps": 4}


@pytest.fixture(scope="module")
def client(server: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    folder = tmp_path_factory.mktemp("downloads")
    patient = {"timeout": 60}  # the first request imports Gradio
    return Client(f"{server}/gradio/", verbose=False, download_files=folder, httpx_kwargs=patient)


@pytest.fixture(autouse=True)
def served(tiny_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same checkpoints here as in the server."""
    monkeypatch.setenv("WHISKER_HOME", str(tiny_home))


def pictures(client: Client, **settings: Any) -> tuple[list[Path], Path, str]:
    gallery, archive, status = client.predict(**SETTINGS | settings, api_name="/generate")
    return [Path(each["image"]) for each in gallery], Path(archive), status


def test_a_client_gets_the_pictures_of_the_service_with_their_recipes(client: Client) -> None:
    files, archive, status = pictures(client, label="dog")
    *_, wanted = generate.pictures(Recipe("tiny", 3, steps=4, label="dog"), 2)
    for i, file in enumerate(files):
        np.testing.assert_array_equal(np.array(Image.open(file)), wanted.pictures[i])
        recipe, _ = from_png(file.read_bytes())
        assert (recipe.checkpoint, recipe.seed, recipe.label, recipe.steps) == ("tiny", 3 + i, "dog", 4)
        assert recipe.weights
        assert file.name == f"tiny-seed-{3 + i:06d}.png"
    with zipfile.ZipFile(archive) as inside:
        assert {name: inside.read(name) for name in inside.namelist() if name.endswith(".png")} == {
            file.name: file.read_bytes() for file in files
        }
        assert json.loads(inside.read("recipe.json"))["number"] == 2
    assert "/denoise?checkpoint=tiny&amp;seed=3" in status


def test_the_same_seed_is_the_same_picture_in_another_batch(client: Client) -> None:
    one, _, _ = pictures(client, seed=4, number=1)
    two, _, _ = pictures(client, seed=3, number=2)
    np.testing.assert_array_equal(np.array(Image.open(one[0])), np.array(Image.open(two[1])))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"checkpoint": "lion"}, "There is no checkpoint 'lion'; there are: .*tiny"),
        ({"checkpoint": "../tiny"}, "There is no checkpoint"),
        ({"label": "fish"}, "no class 'fish'; allowed: cat, dog"),
        ({"steps": 500}, "steps"),
        ({"number": 17}, "16"),
        ({"number": 0}, "1"),
        ({"sampler": "magic"}, "magic"),
    ],
)
def test_what_is_not_allowed_is_said_in_words(settings: dict[str, Any], said: str, client: Client) -> None:
    with pytest.raises((AppError, ValueError), match=said):
        pictures(client, **settings)


def test_one_endpoint_is_public(client: Client) -> None:
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert list(named) == ["/generate"]


def test_progress_comes_step_by_step_and_a_cancelled_job_stops(client: Client) -> None:
    job = client.submit(**SETTINGS | {"number": 16, "steps": 100, "sampler": "ddpm"}, api_name="/generate")
    seen = next(iter(job))
    assert "progress" in seen[2]
    assert job.cancel()
    files, _, _ = pictures(client)  # the queue is free again
    assert len(files) == 2


def test_cancel_is_the_last_word_of_its_own_run_and_of_no_other(home: Path) -> None:
    me, other = (SimpleNamespace(session_hash=name) for name in ("me", "other"))
    mine, theirs = (
        gradio_app.generate("tiny", 3, 2, "", "dpmpp", steps=4, guidance=1, request=each) for each in (me, other)
    )
    said = [next(mine)[2] for _ in range(2)]
    assert all("progress" in each for each in said)
    gradio_app._cancel(me)
    assert [status for _, _, status in mine] == [gradio_app.CANCELLED]
    *_, (_, archive, status) = theirs
    assert archive
    assert "2 pictures" in status
    gradio_app._begin(me)
    *_, (_, _, status) = gradio_app.generate("tiny", 3, 2, "", "dpmpp", 4, 1, me)
    assert "2 pictures" in status


def test_a_queue_has_a_limit() -> None:
    app = gradio_app.build()
    assert app._queue.max_size == gradio_app.QUEUED
    drawing = [fn for fn in app.fns.values() if fn.api_name == "generate"]
    assert [fn.concurrency_limit for fn in drawing] == [1]


def test_an_address_fills_the_form_and_what_it_asks_for_in_vain_is_left_out() -> None:
    request = SimpleNamespace(query_params={"checkpoint": "tiny", "seed": "7", "label": "dog", "steps": "many"})
    checkpoint, seed, lock, label, sampler, steps, _, go, _ = gradio_app._opened(request)
    form = (checkpoint["value"], seed, lock, label["value"], sampler["value"], steps["value"])
    assert form == ("tiny", 7, True, "dog", "dpmpp", 20)
    assert go["interactive"]
    checkpoint, _, lock, *_ = gradio_app._opened(SimpleNamespace(query_params={"checkpoint": "lion"}))
    assert checkpoint["value"] in checkpoint["choices"]
    assert lock is False


def test_class_and_guidance_appear_for_models_that_know_classes() -> None:
    label, guidance, sampler, steps = gradio_app._fields("tiny")
    assert sampler["visible"]
    assert steps["visible"]
    assert label["visible"]
    assert guidance["visible"]
    assert [value for _, value in label["choices"]] == ["", "cat", "dog"]
    label, guidance, *_ = gradio_app._fields("lion")
    assert not label["visible"]
    assert not guidance["visible"]


def test_sampler_and_steps_are_for_models_with_a_chain(gan_home: Path) -> None:
    assert [field["visible"] for field in gradio_app._fields("tiny-gan")] == [False] * 4


def test_every_sampler_of_the_engine_can_be_picked_by_the_name_the_pages_use() -> None:
    assert set(gradio_app.SAMPLERS.values()) == set(SAMPLERS)
    assert {name: title for title, name in gradio_app.SAMPLERS.items()} == widgets.SAMPLERS


def test_a_lock_keeps_the_seed() -> None:
    assert gradio_app._next_seed(5, True) == 5
    assert len({gradio_app._next_seed(5, False) for _ in range(20)}) > 1


def test_without_a_checkpoint_the_form_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradio_app.library, "checkpoints", lambda _="": [])
    *_, go, status = gradio_app._opened(SimpleNamespace(query_params={}))
    assert not go["interactive"]
    assert "engines train" in status


def test_files_are_gone_when_they_were_handed_over(home: Path) -> None:
    recipes = batch.recipes(Recipe("tiny", 1), 2)
    with batch.written(recipes, np.zeros((2, 8, 8, 3), np.uint8)) as (files, archive):
        assert all(os.path.exists(file) for file in [*files, archive])
    assert not any(batch.folder().iterdir())
