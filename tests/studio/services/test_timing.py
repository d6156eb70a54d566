"""Time of a film, by hand."""

import numpy as np
import pytest

from studio.services.timing import EASINGS, Timing, ticks


def test_even_frames_last_as_the_rate_says_and_the_last_is_held() -> None:
    index, seconds = Timing(fps=4, hold=1.5).shots(3)
    assert index.tolist() == [0, 1, 2]
    assert seconds == pytest.approx([0.25, 0.25, 1.75])


def test_ping_pong_turns_without_showing_an_end_twice() -> None:
    index, seconds = Timing(fps=2, order="ping-pong", hold=1).shots(4)
    assert index.tolist() == [0, 1, 2, 3, 2, 1]
    assert seconds == pytest.approx([0.5, 0.5, 0.5, 1.5, 0.5, 0.5])


@pytest.mark.parametrize("order", ["once", "loop", "ping-pong"])
@pytest.mark.parametrize("frames", [1, 2])
def test_short_films_have_every_frame_once(order: str, frames: int) -> None:
    assert Timing(order=order).shots(frames)[0].tolist() == list(range(frames))


def test_only_once_does_not_loop() -> None:
    assert [Timing(order=order).loops for order in ("once", "loop", "ping-pong")] == [False, True, True]


def test_smooth_by_hand() -> None:
    # 3u² − 2u³ is ¼ at u = 0.326352, ½ at ½, ¾ at 0.673648: of 4 seconds, the frames get these
    _, seconds = Timing(fps=1, easing="smooth", hold=0).shots(4)
    assert seconds == pytest.approx([1.305407, 0.694593, 0.694593, 1.305407], abs=1e-6)


def test_slow_start_by_hand() -> None:
    # u² is ¼ at ½ and 1 at 1: of 4 frames in 4 seconds, the first takes 2
    _, seconds = Timing(fps=1, easing="slow start", hold=0).shots(4)
    assert seconds == pytest.approx([2, 2 * (2**0.5 - 1), 2 * (3**0.5 - 2**0.5), 4 - 2 * 3**0.5])
    _, reverse = Timing(fps=1, easing="slow end", hold=0).shots(4)
    assert reverse == pytest.approx(seconds[::-1])


@pytest.mark.parametrize("easing", EASINGS)
def test_an_easing_is_undone_by_its_inverse_and_keeps_both_ends(easing: str) -> None:
    curve, inverse = EASINGS[easing]
    u = np.linspace(0, 1, 101)
    assert inverse(curve(u)) == pytest.approx(u, abs=1e-7)
    assert curve(np.array([0.0, 1.0])) == pytest.approx([0, 1])
    assert (np.diff(curve(u)) > 0).all()
    assert Timing(fps=10, easing=easing, hold=0).shots(20)[1].sum() == pytest.approx(2)


@pytest.mark.parametrize(
    "wrong", [{"fps": 0}, {"fps": 31}, {"order": "back"}, {"easing": "cubic"}, {"hold": -1}, {"fps": float("nan")}]
)
def test_what_is_not_allowed_is_said(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="allowed"):
        Timing(**wrong)


def test_a_clock_does_not_drift() -> None:
    found = ticks([1 / 12] * 120, 100)
    assert set(found.tolist()) == {8, 9}
    assert found.sum() == 1000
    assert ticks([0.001] * 5, 100, least=2).tolist() == [2] * 5
    assert ticks([0.005, 0.005, 0.5], 100, least=2).tolist() == [2, 2, 47]  # what was lent is given back
