"""What `streamscope record` refuses before it starts anything."""

from click.testing import CliRunner

from analyzer.commands.record import record


def test_waiting_for_an_announcement_needs_an_origin_to_wait_for() -> None:
    done = CliRunner().invoke(record, ["--http3-announced"])

    assert done.exit_code == 2
    assert "name an ORIGIN" in done.output


def test_a_capture_to_replay_must_be_there() -> None:
    done = CliRunner().invoke(record, ["--replay", "/nowhere/yesterday.jsonl"])

    assert done.exit_code == 2
    assert "/nowhere/yesterday.jsonl" in done.output
