"""EXPLAIN's JSON, read by hand."""

from analyzer.experiment.postgres import read_explained

BLOCKS = {"Shared Hit Blocks": 9, "Shared Read Blocks": 4, "Shared Dirtied Blocks": 2}


def test_rows_that_a_scan_refused_were_visited_too() -> None:
    scan = {
        "Node Type": "Index Scan",
        "Index Name": "items_in_order",
        "Actual Rows": 28,
        "Actual Loops": 1,
        "Rows Removed by Filter": 100,
    }
    limit = {"Node Type": "Limit", "Actual Rows": 28, "Actual Loops": 1, **BLOCKS, "Plans": [scan]}
    explained = read_explained([{"Plan": limit}])

    assert explained.plan == "Limit ← Index Scan items_in_order"
    assert explained.rows_visited == 128
    assert (explained.hits, explained.misses, explained.dirtied, explained.wal_bytes) == (
        9,
        4,
        2,
        0,
    )


def test_rows_are_an_average_over_loops_and_compiling_is_named() -> None:
    scan = {
        "Node Type": "Seq Scan",
        "Relation Name": "items",
        "Actual Rows": 10,
        "Actual Loops": 3,
        **BLOCKS,
        "WAL Bytes": 77,
    }
    explained = read_explained([{"Plan": scan, "JIT": {"Functions": 3}}])

    assert explained.plan == "Seq Scan items (compiled: JIT)"
    assert (explained.rows_visited, explained.wal_bytes) == (30, 77)


def test_rows_of_a_bitmap_are_visited_once() -> None:
    noted = {"Node Type": "Bitmap Index Scan", "Index Name": "items_in_order"}
    counted = {"Actual Rows": 28, "Actual Loops": 1}
    heap = {"Node Type": "Bitmap Heap Scan", "Relation Name": "items", **counted, **BLOCKS}
    explained = read_explained([{"Plan": heap | {"Plans": [noted | counted]}}])

    assert explained.rows_visited == 28
    assert explained.plan == "Bitmap Heap Scan items ← Bitmap Index Scan items_in_order"
