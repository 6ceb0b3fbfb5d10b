"""Baselines: results kept under a name, none of them ever lost."""

import pytest

from engine import baseline
from engine.errors import EngineError


@pytest.fixture
def result(tmp_path):
    """A function that makes a result folder with such a journal."""

    def make(text):
        folder = tmp_path / f"result-{text}"
        folder.mkdir(exist_ok=True)
        (folder / "journal.jsonl").write_text(text)
        return folder

    return make


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "reports" / "baselines"


def text(name, kept):
    return baseline.find(name, kept).read_text()


def test_a_saved_baseline_is_a_copy_of_the_journal(result, kept):
    source = result("one")
    assert baseline.save("main", source, kept) == "baseline main saved"
    (source / "journal.jsonl").unlink()
    assert text("main", kept) == "one"
    assert [path.name for path in (kept / "main").iterdir()] == ["journal.jsonl"]


def test_a_journal_file_will_do(result, kept):
    baseline.save("v3.14.0_rc-1", result("one") / "journal.jsonl", kept)
    assert text("v3.14.0_rc-1", kept) == "one"


def test_what_had_the_name_is_kept_under_the_next_number(result, kept):
    assert [baseline.save("main", result(name), kept) for name in ("one", "two", "three")] == [
        "baseline main saved",
        "baseline main saved; the one before is now main~1",
        "baseline main saved; the one before is now main~2",
    ]
    assert [text(name, kept) for name in ("main~1", "main~2", "main")] == ["one", "two", "three"]
    assert baseline.names(kept) == ("main", "main~1", "main~2")


def test_a_number_that_was_deleted_is_not_used_again(result, kept):
    for name in ("one", "two", "three"):
        baseline.save("main", result(name), kept)
    (kept / "main~1" / "journal.jsonl").unlink()
    (kept / "main~1").rmdir()
    baseline.save("main", result("four"), kept)
    assert [text(name, kept) for name in ("main~2", "main~3", "main")] == ["two", "three", "four"]


def test_an_empty_folder_of_that_number_is_stepped_over(result, kept):
    baseline.save("main", result("one"), kept)
    (kept / "main~1").mkdir()
    assert baseline.save("main", result("two"), kept).endswith("main~2")


def test_a_baseline_can_be_given_another_name_and_not_its_own(result, kept):
    baseline.save("main", result("one"), kept)
    assert baseline.save("main", baseline.find("main", kept), kept) == "baseline main is this result already"
    baseline.save("release", baseline.find("main", kept), kept)
    assert baseline.names(kept) == ("main", "release")


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "/tmp/x", ".hidden", "-x", "a b", "a\n", "main~1", "ä", "a\x00", "~", "x" * 101],
)
def test_a_name_that_is_a_trick_is_refused_before_anything_is_written(name, result, kept):
    with pytest.raises(EngineError, match=r"a baseline cannot be called .*letters, digits and"):
        baseline.save(name, result("one"), kept)
    assert not kept.exists()


@pytest.mark.parametrize("name", ["..", "../baselines/main", "/etc", "main/../main", ""])
def test_no_trick_finds_one_either(name, result, kept):
    baseline.save("main", result("one"), kept)
    with pytest.raises(EngineError, match="there is no baseline"):
        baseline.find(name, kept)


def test_an_unknown_name_lists_the_known_ones(result, kept):
    with pytest.raises(EngineError, match=r"there is no baseline 'main', nor any other; .*--save-baseline main"):
        baseline.find("main", kept)
    for name in ("main", "release"):
        baseline.save(name, result(name), kept)
    with pytest.raises(EngineError, match=r"'mian'; did you mean main\? known are main, release"):
        baseline.find("mian", kept)


def test_what_cannot_be_copied_leaves_the_baseline_as_it_was(result, kept, tmp_path):
    baseline.save("main", result("one"), kept)
    with pytest.raises(EngineError, match="baseline main cannot be saved"):
        baseline.save("main", tmp_path / "nothing", kept)
    assert text("main", kept) == "one"
    assert not [path for path in (kept / "main").iterdir() if path.name != "journal.jsonl"]


def test_a_file_in_the_place_of_the_folder_is_one_message(result, tmp_path):
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(EngineError, match="baseline main cannot be saved"):
        baseline.save("main", result("one"), tmp_path / "reports" / "baselines")
