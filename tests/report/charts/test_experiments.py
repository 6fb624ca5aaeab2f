"""Files of experiments, as `streamscope experiment … --json` writes them."""

import json
from pathlib import Path

import pytest
from experiments import a_pagination_result, a_point, a_tree, an_identifiers_result

from analyzer.experiment.as_json import experiment_json
from analyzer.model import Unmeasurable
from analyzer.report.charts.experiments import ExperimentFileError, read_experiments


def wrote(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_what_an_experiment_wrote_is_read(tmp_path: Path) -> None:
    result = a_pagination_result(a_point("offset", 28, 70), offset=Unmeasurable("too few depths"))
    tree = a_tree("uuid4", (9, 10), leaf_fill=Unmeasurable("not told"))
    made = experiment_json("identifiers", (an_identifiers_result(tree),))
    pages, keys = read_experiments(
        [
            wrote(tmp_path / "a.json", experiment_json("pagination", (result, result))),
            wrote(tmp_path / "b.json", made),
        ]
    )

    assert len(pages.pages) == 2
    assert pages.pages[0].offset is None
    assert pages.pages[0].keyset is not None
    assert pages.pages[0].points[0].wall.median_ns == 70_000
    assert keys.keys[0].trees[0].scheme == "uuid4"
    assert keys.keys[0].trees[0].last.leaf_fill is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not an experiment's JSON"),
        (b"\xff\xfe{", "not an experiment's JSON"),
        (b'{"schema": "streamscope-report", "version": 1}', "not an experiment's JSON"),
        (b'{"schema": "streamscope-experiment", "version": 2}', "run the experiment again"),
        (b'{"schema": "streamscope-experiment", "version": 1, "experiment": "x"}', "'x' is not"),
        (
            b'{"schema": "streamscope-experiment", "version": 1, "experiment": "pagination",'
            b' "results": [{}]}',
            "damaged",
        ),
    ],
)
def test_another_file_is_named_with_what_to_do(tmp_path: Path, data: bytes, said: str) -> None:
    path = wrote(tmp_path / "some.json", data)

    with pytest.raises(ExperimentFileError, match=said) as error:
        read_experiments([path])
    assert str(path) in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExperimentFileError, match="cannot be read"):
        read_experiments([tmp_path / "none.json"])


def test_new_keys_of_a_later_release_are_no_fault(tmp_path: Path) -> None:
    document = json.loads(experiment_json("pagination", (a_pagination_result(),)))
    document["more"] = document["results"][0]["more"] = 1
    path = wrote(tmp_path / "a.json", json.dumps(document).encode())

    assert read_experiments([path])[0].pages[0].database == "SQLite 3.54.1"
