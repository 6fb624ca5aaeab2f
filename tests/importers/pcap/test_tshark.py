"""tshark as a process: found, asked, run, ended; here a script stands in for it."""

import gzip
import os
from pathlib import Path

import pytest

from analyzer.importers import read_capture
from analyzer.importers.pcap import tshark
from analyzer.importers.pcap.tshark import Tshark
from analyzer.model import CaptureError

PCAP = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is all of PATH."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    monkeypatch.setattr(tshark, "_MAC", "")
    monkeypatch.delenv("SSLKEYLOGFILE", raising=False)
    return directory


def stand_in(directory: Path, reading: str, version: str = "4.0.17") -> None:
    script = directory / "tshark"
    script.write_text(
        "#!/bin/sh\nPATH=/bin:/usr/bin\n"
        f'case "$1" in --version) echo "TShark (Wireshark) {version}."; exit 0;; '
        r'-G) printf "Frame\tFrame\tframe\nFoo\tFoo\tfoo\n"; exit 0;; esac'
        f"\n{reading}\n"
    )
    script.chmod(0o755)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "some.pcap"
    path.write_bytes(PCAP)
    return path


def reading(path: Path) -> list[object]:
    return list(read_capture(path))


@pytest.mark.usefixtures("programs")
def test_without_tshark_one_sentence_says_what_to_install(capture: Path) -> None:
    with pytest.raises(CaptureError, match=r"through tshark, which is not here: install"):
        reading(capture)


def test_a_tshark_that_is_too_old_is_named_with_the_version_wanted(
    programs: Path, capture: Path
) -> None:
    stand_in(programs, "exit 0", "3.6.2")

    with pytest.raises(CaptureError, match=r"is version 3\.6\.2, .* with 4\.0 or later; update"):
        reading(capture)


def test_a_program_that_is_not_tshark_is_not_used(programs: Path, capture: Path) -> None:
    (programs / "tshark").write_text("#!/bin/sh\necho hello\n")
    (programs / "tshark").chmod(0o755)

    with pytest.raises(CaptureError, match="does not say that it is tshark"):
        reading(capture)


def test_it_writes_nothing_resolves_nothing_and_knows_no_other_protocols(
    programs: Path, capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its user's settings and key log don't reach it either, but by our own arguments."""
    monkeypatch.setenv("WIRESHARK_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "absent"))
    (tmp_path / "some.keys").touch()
    stand_in(
        programs,
        'echo "$*"; cat "$WIRESHARK_CONFIG_DIR/disabled_protos"; echo "log:$SSLKEYLOGFILE"',
    )

    with Tshark(capture, tmp_path / "some.keys") as process:
        arguments, off, log = process
        assert process.complaint() == ""

    words = arguments.decode().split()
    assert words[:3] == ["-n", "-r", str(capture)]
    assert f"tls.keylog_file:{tmp_path / 'some.keys'}" in words
    assert not {"-w", "-i", "-X", "--export-objects"} & set(words)
    assert (off, log) == (b"foo\n", b"log:\n")


@pytest.mark.parametrize(
    ("said", "status", "complaint"),
    [
        ("", 0, ""),
        ("Running as user root.", 0, ""),
        ("tshark: The file is cut short", 2, "The file is cut short"),
        ("tshark: The file is damaged\n(why)", 2, "The file is damaged (why)"),
        ("", 3, "tshark ended with status 3"),
    ],
)
def test_what_it_says_at_its_end_is_the_complaint(
    programs: Path, capture: Path, said: str, status: int, complaint: str
) -> None:
    stand_in(programs, f"echo '{said}' >&2; exit {status}")

    with Tshark(capture, None) as process:
        assert list(process) == []
        assert process.complaint() == complaint


def test_it_can_say_very_much_without_being_held_up(programs: Path, capture: Path) -> None:
    stand_in(programs, "head -c 3000000 /dev/zero >&2; echo row; exit 1")

    with Tshark(capture, None) as process:
        assert list(process) == [b"row\n"]
        assert len(process.complaint()) <= 128 * 1024


def test_a_crash_is_told_by_its_signal(programs: Path, capture: Path) -> None:
    stand_in(programs, "kill -11 $$")

    with Tshark(capture, None) as process:
        assert list(process) == []
        assert process.complaint() == "tshark was ended by signal 11"


def test_it_is_ended_when_nobody_reads_on(programs: Path, capture: Path) -> None:
    stand_in(programs, "echo $$; echo $WIRESHARK_CONFIG_DIR; exec sleep 60")

    with Tshark(capture, None) as process:
        rows = iter(process)
        pid, directory = int(next(rows)), Path(next(rows).decode().strip())
        assert directory.is_dir()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not directory.exists()


def test_a_file_that_it_cannot_read_is_an_error_with_its_words(
    programs: Path, capture: Path
) -> None:
    stand_in(programs, f'echo "tshark: The file \\"{capture}\\" is damaged." >&2; exit 2')

    with pytest.raises(
        CaptureError, match="no HTTP exchange can be read in it; tshark says that the"
    ):
        reading(capture)


def test_packets_without_http_are_an_error_that_says_so(programs: Path, capture: Path) -> None:
    stand_in(programs, "exit 0")

    with pytest.raises(CaptureError, match="no HTTP exchange is in these packets"):
        reading(capture)


def test_what_is_wrapped_is_unpacked_for_its_owner_alone_and_removed(
    programs: Path, tmp_path: Path
) -> None:
    wrapped = tmp_path / "some.pcap.gz"
    wrapped.write_bytes(gzip.compress(PCAP))
    stand_in(programs, f'stat -c "%a %n" "$3" > {tmp_path}/seen; cmp "$3" {tmp_path}/plain; exit 0')
    (tmp_path / "plain").write_bytes(PCAP)

    with pytest.raises(CaptureError):
        reading(wrapped)

    mode, _, unpacked = (tmp_path / "seen").read_text().strip().partition(" ")
    assert mode == "600"
    assert not Path(unpacked).exists()
    assert not Path(unpacked).parent.exists()
