"""Feature maps, channels and skips as services: what is remembered, what is refused, what turned nothing changes."""

import numpy as np
import pytest

from studio.recipe import Recipe
from studio.services import channels, features, generate, skips
from studio.services.chains import Chain
from studio.services.features import Look
from studio.services.skips import Mix

RECIPE = Recipe("tiny", seed=7, steps=6)


def chain(recipe: Recipe = RECIPE) -> Chain:
    *_, made = generate.chain(recipe)
    return made


def look(recipe: Recipe = RECIPE) -> Look:
    *_, seen = features.look(recipe, chain(recipe))
    return seen


def test_every_frame_with_a_network_call_is_looked_at_once(home: object) -> None:
    made = chain()
    seen = list(features.look(RECIPE, made))
    assert len(seen) == features.LOOKS.parts(RECIPE) == 2
    assert seen[0] is None
    assert seen[1].t.tolist() == made.t[:-1].tolist()
    assert all(len(values) == 6 for values in seen[1].values)
    assert seen[1].shares.shape == (6, 4)
    assert features.LOOKS.known(RECIPE) is seen[1]
    assert list(features.look(RECIPE, made)) == [seen[1]]


def test_a_long_chain_is_thinned_out(home: object) -> None:
    planned = features.LOOKS.planned(Recipe("tiny", steps=100))
    assert len(planned) == features.LOOKS.most
    assert (planned[0], planned[-1]) == (0, 99)


def test_a_class_makes_other_maps(home: object) -> None:
    cat, dog = (look(Recipe("tiny", seed=7, steps=2, label=label)) for label in ("cat", "dog"))
    assert not np.array_equal(cat.values[3], dog.values[3])


def test_the_profile_measures_every_block_at_every_step(home: object) -> None:
    seen = look()
    found = features.profile(seen)
    k = seen.index("up.1")
    assert found["max"].shape == (len(seen.blocks), 6)
    assert found["max"][k, 2] == np.abs(seen.values[k][2].astype(np.float32)).max()
    assert features.channel_statistics(seen, k).max[2].max() == found["max"][k, 2]


def test_an_unknown_block_or_class_is_said(home: object) -> None:
    with pytest.raises(LookupError, match=r"no block 'nose'; there are: stem, down\.0"):
        look().index("nose")
    with pytest.raises(ValueError, match="no class 'fish'; allowed: cat, dog"):
        list(skips.fade(Recipe("tiny", steps=2, label="fish"), Mix(0.5)))


def test_an_even_mix_is_the_cached_picture_bit_for_bit(home: object) -> None:
    made, even = chain(), Mix(levels={16: 1.0, 8: 1.0})
    assert even.even
    assert np.array_equal(skips.faded(RECIPE, even).x0, made.x_t[-1])


def test_a_mix_is_run_once_and_changes_the_picture(home: object) -> None:
    made, mix = chain(), Mix(levels={16: 0.0})
    assert skips.faded(RECIPE, mix) is None
    steps = list(skips.fade(RECIPE, mix))
    assert len(steps) == 7
    assert steps[-1].finished
    assert np.abs(steps[-1].x0 - made.x_t[-1]).max() > 1e-3
    assert list(skips.fade(RECIPE, mix)) == [steps[-1]]


def test_a_level_at_zero_is_all_its_skips_cut(home: object) -> None:
    """At 8×8 two skips enter; silencing one by one is not the level, the level is both."""
    chain()
    assert skips.sides(RECIPE) == [16, 8]
    *_, level = skips.fade(RECIPE, Mix(levels={8: 0.0}))
    singles = [[*skips.fade(RECIPE, Mix(cut=cut))][-1].x0 for cut in ("up.0", "up.1")]
    *_, both = skips.fade(RECIPE, Mix(levels={8: 0.0}, cut="up.1"))
    np.testing.assert_array_equal(both.x0, level.x0)
    assert all(np.abs(one - level.x0).max() > 1e-4 for one in singles)


def test_shuffled_skips_come_from_the_next_seed(home: object) -> None:
    chain()
    *_, cut = skips.fade(RECIPE, Mix(cut="up.4", mode="zero"))
    *_, swapped = skips.fade(RECIPE, Mix(cut="up.4", mode="shuffle"))
    assert np.abs(swapped.x0 - cut.x0).max() > 1e-4


@pytest.mark.parametrize("mode", ["zero", "shuffle"])
def test_what_skips_are_worth_is_measured_once(home: object, mode: str) -> None:
    steps = list(skips.measure(RECIPE, mode))
    assert len(steps) == 7 + 6  # the chains' frames, then the levels
    assert steps[-1].noise.shape == (6, 4)
    assert skips.measured(RECIPE, mode) is steps[-1]
    assert len(list(skips.measure(RECIPE, mode))) == 1


def test_the_strongest_pictures_are_in_order(home: object) -> None:
    *_, found = channels.excite(RECIPE, channels.DRAWN, 40, 20)
    best, peak, place = found.strongest("up.1", 3, 5)
    everything = found.responses.peak[found.responses.names.index("net.up.1")][:, 3]
    assert peak.tolist() == sorted(everything.astype(np.float32), reverse=True)[:5]
    assert everything[best].tolist() == peak.tolist()
    assert ((place >= 0) & (place < 64)).all()
    assert channels.excited(RECIPE, channels.DRAWN, 40, 20) is found


@pytest.mark.parametrize(("source", "number", "says"), [("nowhere", 32, "nowhere"), ("drawn", 4, "allowed: 16 to 512")])
def test_pictures_that_cannot_be_shown_are_said(home: object, source: str, number: int, says: str) -> None:
    with pytest.raises((ValueError, LookupError), match=says):
        list(channels.excite(RECIPE, source, 40, number))


def test_a_channel_as_it_is_makes_the_same_picture_and_a_silent_one_does_not(home: object) -> None:
    made = chain()
    *_, same = channels.gain(RECIPE, "up.3", 2, 1.0)
    assert np.array_equal(same, made.x_t[-1])
    *_, silent = channels.gain(RECIPE, "up.3", 2, 0.0)
    assert np.abs(silent - same).max() > 1e-4
    assert np.array_equal(channels.regained(RECIPE, "up.3", 2, 0.0), silent)


def test_channels_of_a_region_are_ranked_once(home: object) -> None:
    made = chain()
    grown = [len(found.inside) for found in channels.rank(RECIPE, made, 2, "up.0", (0, 0, 4, 4))]
    assert grown == [16, 32]
    assert len(channels.ranked(RECIPE, 2, "up.0", (0, 0, 4, 4)).inside) == 32
    assert channels.batches(32) == 2
