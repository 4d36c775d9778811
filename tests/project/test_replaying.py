from __future__ import annotations

import csv
import gzip
import io
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from kikite.project.cli.replaying import COLUMNS, archive, brands, threads_of, timetable
from kikite.project.demo import seeded
from kikite.project.problems import Problem

from .running import kikite, serving, wait_for

ROWS = [
    ("1", "Example", "False", "Tue Oct 31 22:10:47 +0000 2017", "@7 We are sorry.", "2.0"),
    ("2", "7", "True", "Tue Oct 31 22:08:27 +0000 2017", "@Example where is my parcel? it &amp; I wait", ""),
    ("3", "8", "True", "Tue Oct 31 22:08:30 +0000 2017", "@Other hello", ""),
    ("4", "7", "True", "Tue Oct 31 22:11:00 +0000 2017", "still nothing", "1"),
    ("5", "9", "True", "Tue Oct 31 22:11:01 +0000 2017", "a reply to a post that is not here", "99"),
]


def written(folder: Path, rows: Sequence[tuple[str, ...]], name: str = "archive.csv.gz") -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows])
    path = folder / name
    path.write_bytes(gzip.compress(text.getvalue().encode()) if name.endswith(".gz") else text.getvalue().encode())
    return path


@pytest.mark.parametrize("name", ["archive.csv", "archive.csv.gz"])
def test_an_archive_is_read_oldest_first(tmp_path: Path, name: str) -> None:
    tweets = archive(written(tmp_path, ROWS, name))
    assert [tweet.id for tweet in tweets] == ["2", "3", "1", "4", "5"]
    assert tweets[0].text == "@Example where is my parcel? it & I wait"
    assert tweets[2].parent == "2"
    assert brands(tweets) == {"Example": 1}


def test_rows_that_a_line_break_cut_in_two_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut = [("6", "7", "True", ROWS[0][3], "@Example"), ("rest of it", "5", ""), *ROWS]
    assert len(archive(written(tmp_path, cut))) == len(ROWS)
    assert "2 broken rows" in capsys.readouterr().out


def test_whole_threads_of_one_brand_are_played(tmp_path: Path) -> None:
    tweets = archive(written(tmp_path, ROWS))
    assert [tweet.id for tweet in threads_of(tweets, "example")] == ["2", "1", "4"]
    assert threads_of(tweets, "Nobody") == []


def test_posts_that_answer_each_other_in_a_ring_do_not_hang(tmp_path: Path) -> None:
    ring = [("1", "7", "True", ROWS[0][3], "@Example a", "2"), ("2", "7", "True", ROWS[0][3], "b", "1")]
    assert threads_of(archive(written(tmp_path, ring)), "Example")


def test_long_silences_are_cut(tmp_path: Path) -> None:
    tweets = archive(written(tmp_path, ROWS))
    assert timetable(tweets, 10, 0) == pytest.approx([0, 0.3, 14.0, 15.3, 15.4])
    assert timetable(tweets, 10, 2) == pytest.approx([0, 0.3, 2.3, 3.6, 3.7])
    assert timetable(tweets[:1], 10, 2) == [0]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x1f\x8b broken", b"one,two\n1,2\n", ",".join(COLUMNS).encode() + b"\n1,2\n",
        ",".join(COLUMNS).encode() + b"\nx,7,True,yesterday,hello,\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["archive.csv", "archive.csv.gz"])
def test_what_is_no_archive_is_told_in_words(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Problem, match=r"archive\.csv"):
        archive(path)


def test_an_unknown_brand_is_told_who_there_is(tmp_path: Path) -> None:
    said = kikite(tmp_path / "data", "replay", str(written(tmp_path, ROWS)), "--brand", "Nobody")
    assert said.returncode == 1
    assert "Example" in said.stderr


def test_a_replay_arrives_on_the_desk(tmp_path: Path) -> None:
    """Through the practice network's server and the worker, into messages: the customer's in, the brand's as ours."""
    data, file = tmp_path / "data", written(tmp_path, ROWS)
    with serving(data):
        wait_for(lambda: seeded(data), "the demo is made")
        began = time.monotonic()
        said = kikite(data, "replay", str(file), "--brand", "Example", "--speed", "100")
        assert said.returncode == 0, said.stderr
        assert time.monotonic() - began > 1.5  # 153 seconds, a hundred times as fast
        assert "Played 3 posts" in said.stdout
        wait_for(lambda: _texts(data) == 3, "all three posts are messages")
        assert "Example" in kikite(data, "channels").stdout


def _texts(data: Path) -> int:
    import psycopg

    from kikite.project import embedded

    query = "SELECT count(*) FROM cases_message WHERE text = ANY(%s)"
    played = ["@Example where is my parcel? it & I wait", "@7 We are sorry.", "still nothing"]
    with psycopg.connect(embedded.cluster(data).url) as connection:
        row = connection.execute(query, [played]).fetchone()
    return int(row[0]) if row else 0
