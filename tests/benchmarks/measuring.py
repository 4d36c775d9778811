"""Measuring texts beside X's own library, the npm package twitter-text: the same weights, and no slower.

The package is installed by npm into a folder beside the browser's cache when it is first needed; it is no part of the
repository. Both sides measure all texts in turns, each in a process of its own that is warm.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import orjson

from kikite.networks.text.weighing import weigh

from . import tweets
from .figures import Figure, at_least, at_most, say, spread, table
from .ground import Ground, rounds

PACKAGE = "twitter-text@3.1.0"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "kikite" / "twitter-text"
# Reads all texts, then measures them whenever a line comes; answers with seconds and weights.
THEIRS = """
const { parseTweet } = require("twitter-text");
const texts = JSON.parse(require("fs").readFileSync(process.argv[2], "utf8"));
require("readline").createInterface({ input: process.stdin }).on("line", () => {
  const begun = process.hrtime.bigint();
  const weights = texts.map((text) => parseTweet(text).weightedLength);
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  process.stdout.write(JSON.stringify({ seconds, weights }) + "\\n");
});
"""


def run(_ground: Ground) -> list[Figure]:
    """Measure every text on both sides, in turns."""
    posts, real = tweets.load()
    texts = [post.text for post in posts]
    say(f"{len(texts):,} {'real tweets' if real else 'MADE-UP posts, because the archive is not here'}")
    with tempfile.TemporaryDirectory(prefix="kikite-bench-") as folder:
        ours, theirs, different = _measure(texts, Path(folder))
    figures = [
        Figure("posts", "real, 53k archive" if real else "made up: the archive is not here"),
        Figure("ours", spread([len(texts) / took for took in ours], "texts/s")),
        Figure("twitter-text on Node", spread([len(texts) / took for took in theirs], "texts/s")),
        at_most("texts that weigh something else", different, 0, ""),
        at_least("as fast as theirs", median(their / our for our, their in zip(ours, theirs, strict=True)), 1, ""),
    ]
    table("Measuring: weighted length beside X's own library", figures)
    return figures


def _measure(texts: Sequence[str], folder: Path) -> tuple[list[float], list[float], int]:
    """Seconds of ours and of theirs for each round, and how many weights differ."""
    (folder / "texts.json").write_bytes(orjson.dumps(texts))
    (folder / "theirs.cjs").write_text(THEIRS, "utf-8")
    command = ["node", str(folder / "theirs.cjs"), str(folder / "texts.json")]
    environ = {**os.environ, "NODE_PATH": str(_installed() / "node_modules")}
    ours, theirs = [], []
    with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as node:
        weights, expected = _ours(texts)[1], _asked(node)[1]
        for _ in range(rounds()):
            ours.append(_ours(texts)[0])
            theirs.append(_asked(node)[0])
        node.communicate()
    return ours, theirs, sum(our != their for our, their in zip(weights, expected, strict=True))


def _ours(texts: Sequence[str]) -> tuple[float, list[int]]:
    begun = time.perf_counter()
    weights = [weigh(text) for text in texts]
    return time.perf_counter() - begun, weights


def _asked(node: subprocess.Popen[bytes]) -> tuple[float, list[int]]:
    """Their seconds and weights."""
    assert node.stdin
    assert node.stdout
    node.stdin.write(b"\n")
    node.stdin.flush()
    answer = orjson.loads(node.stdout.readline())
    return answer["seconds"], answer["weights"]


def _installed() -> Path:
    """The folder in which the package is."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise SystemExit("Measuring compares with an npm package: install Node.js with npm, or name other benchmarks.")
    if not (CACHE / "node_modules" / "twitter-text").exists():
        say(f"installing {PACKAGE} into {CACHE}")
        CACHE.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--prefix", str(CACHE), "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return CACHE
