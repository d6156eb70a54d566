from pathlib import Path

import pytest

from engines.metrics.scores import Score, from_json, save, to_json

KD = Score("KD-lite0", 0.25, 0.2, 0.3, 256, 653, 7, "cats.zip (val)", "lite0")
FD = Score("FD-lite0", 96.0, None, None, 256, 653, 7, "cats.zip (val)", "lite0")


def test_json_and_back(tmp_path: Path) -> None:
    save([KD, FD], tmp_path / "scores.json")
    assert from_json((tmp_path / "scores.json").read_text()) == [KD, FD]
    assert [f.name for f in tmp_path.iterdir()] == ["scores.json"]


@pytest.mark.parametrize(
    "text", ["{}", "[1]", '[{"name": "KD-lite0"}]', to_json([KD]).replace('"n"', '"N"'), "no json"]
)
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Not a list of scores|Expecting value"):
        from_json(text)


def test_a_printed_score_says_everything() -> None:
    for word in ("KD-lite0", "0.25", "0.2 to 0.3", "N 256", "seed 7", "cats.zip (val)", "653"):
        assert word in str(KD)
    assert "no interval" in str(FD)
