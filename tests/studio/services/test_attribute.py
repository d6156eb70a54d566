"""Questions about a cached chain: the engine's numbers, remembered, and stopped within a piece of work."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engines import checkpoints
from engines.introspect.methods import METHODS, GradCam, IntegratedGradients, Occlusion, Saliency
from studio.recipe import Recipe
from studio.services import attribute, generate
from studio.services.attribute import Question
from studio.services.chains import Chain

RECIPE = Recipe("tiny", seed=3, steps=4, label="dog", guidance=2.0)


@pytest.fixture
def chain(home: Path) -> Chain:
    *_, made = generate.chain(RECIPE)
    return made


@pytest.fixture
def recipe(home: Path) -> Recipe:
    return generate.complete(RECIPE)


def test_the_number_is_that_of_the_recipes_guided_network(recipe: Recipe, chain: Chain) -> None:
    question = Question("x0", 2, 8, 8, 4, Saliency())
    *_, answer = attribute.answer(recipe, chain, question)
    model = checkpoints.load("tiny").net
    x = torch.from_numpy(chain.x_t[2].transpose(2, 0, 1)[None])
    denoiser = model.denoiser([1], 2.0)
    parts = {name: replace(getattr(denoiser, name), clip=False) for name in ("conditional", "null")}
    with torch.no_grad():
        x0 = replace(denoiser, clip=False, **parts)(x, int(chain.t[2]))
    assert answer.found.score == pytest.approx(x0[0, :, 6:10, 6:10].mean().item(), abs=1e-5)
    np.testing.assert_array_equal(answer.picture, chain.x_t[2])


def test_what_was_found_is_known_and_another_question_is_not(recipe: Recipe, chain: Chain) -> None:
    question = Question("eps", 1, 8, 8, 4, IntegratedGradients(steps=5))
    assert attribute.answered(recipe, question) is None
    results = list(attribute.answer(recipe, chain, question))
    assert len(results) == attribute.steps(question, 16) == 3
    assert results[:-1] == [None, None]
    assert attribute.answered(recipe, question) is results[-1]
    assert attribute.answered(recipe, replace(question, row=7)) is None
    assert attribute.answered(replace(recipe, seed=4), question) is None


def test_arrays_hold_the_question_too(recipe: Recipe, chain: Chain) -> None:
    question = Question("x0", 1, 8, 7, 4, Saliency())
    *_, answer = attribute.answer(recipe, chain, question)
    saved = attribute.arrays(chain, question, answer)
    assert saved["map"] is answer.found.values
    assert (saved["t"], saved["region"].tolist(), str(saved["target"])) == (chain.t[1], [8, 7, 4], "x0")
    assert str(saved["method"]) == "Saliency(absolute=True)"
    assert saved["score"] == answer.found.score
    assert np.isnan(saved["error"])


@pytest.mark.parametrize("method", METHODS)
def test_every_method_yields_as_often_as_it_says(recipe: Recipe, chain: Chain, method: str) -> None:
    question = Question("x0", 1, 8, 8, 4, attribute.options(method)())
    assert len(list(attribute.answer(recipe, chain, question))) == attribute.steps(question, 16)


def test_the_lock_is_free_while_a_result_is_looked_at_and_after_stopping(recipe: Recipe, chain: Chain) -> None:
    work = attribute.answer(recipe, chain, Question("x0", 1, 8, 8, 4, Occlusion(window=4, stride=4)))
    next(work)
    assert not generate.computing.locked()
    work.close()
    assert not generate.computing.locked()


def test_layers_are_listed_and_looked_at_without_guidance(recipe: Recipe, chain: Chain) -> None:
    there = attribute.layers(recipe, chain, "x0")
    default = attribute.default_layer(there)
    assert default in there
    *_, answer = attribute.answer(recipe, chain, Question("x0", 1, 8, 8, 4, GradCam(default)))
    assert answer.found.values.shape == there[default][1:]
    with pytest.raises(LookupError, match="another method"):
        attribute.default_layer({})


def test_a_classifier_sees_the_picture_itself(recipe: Recipe, chain: Chain) -> None:
    last = len(chain) - 1
    assert (attribute.frame(chain, "x0", last), attribute.frame(chain, "cat", last)) == (last - 1, last)
    *_, answer = attribute.answer(recipe, chain, Question("cat", last, 0, 0, 1, Saliency()))
    np.testing.assert_allclose(answer.picture, chain.x0[last], atol=1e-6)


def test_targets_are_the_predictions_the_classifier_and_whoever_discriminates(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [tiny] = [entry for entry in attribute.library.checkpoints() if entry.name == "tiny"]
    judge = replace(tiny, name="judge", can=frozenset({"discriminate"}), size=8)
    monkeypatch.setattr(attribute.library, "checkpoints", lambda can="": [judge])
    assert list(attribute.targets()) == ["x0", "eps", "cat", "judge:judge"]


def test_a_discriminator_is_shown_the_picture_at_its_own_size(
    recipe: Recipe, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Judge(torch.nn.Module):
        def score(self, images: torch.Tensor) -> torch.Tensor:
            return images.mean((1, 2, 3)) * images.shape[3]

    entry = replace(attribute.library.find("tiny"), name="judge", size=8)
    monkeypatch.setattr(attribute.library, "find", lambda name, can: entry)
    model = replace(checkpoints.load("tiny"), net=Judge())
    monkeypatch.setattr(checkpoints, "load", lambda name: model)
    *_, answer = attribute.answer(recipe, chain, Question("judge:judge", 4, 0, 0, 1, Saliency(absolute=False)))
    assert answer.picture.shape == (8, 8, 3)
    assert answer.found.score == pytest.approx(8 * float(answer.picture.mean()), rel=1e-4)
    np.testing.assert_allclose(answer.found.values, 8 * 3 / (3 * 64), rtol=1e-5)


def test_a_region_outside_the_picture_is_refused(recipe: Recipe, chain: Chain) -> None:
    with pytest.raises(ValueError, match="allowed"):
        next(attribute.answer(recipe, chain, Question("x0", 1, 16, 0, 1, Saliency())))
