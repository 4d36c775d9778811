"""How often the checks speak up over what care teams really wrote: who cries wolf is turned off by everybody."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from kikite.playbooks.checks.frame import Context, Draft, Said
from kikite.playbooks.checks.registry import checks
from kikite.playbooks.checks.running import findings
from kikite.playbooks.checks.wording import language
from tests.benchmarks.tweets import Tweet, load

SAMPLE = 3000
MOST = 3.0  # findings in 100 answers; of the voice's own checks, three times as many


def measured(answers: list[Tweet], known: dict[str, Tweet]) -> Counter[str]:
    """How many of these answers each check has something to say about."""
    ours: dict[str, list[Said]] = defaultdict(list)
    counted: Counter[str] = Counter()
    for tweet in answers:
        asked = known.get(tweet.parent)
        words = (Said(asked.text),) if asked else ()
        whom = asked.author if asked else tweet.text.split()[0]
        context = Context(words, tuple(ours[f"{tweet.author} {whom}"]), words)
        draft = Draft(tweet.text, language=language(tweet.text))
        counted.update({one.check for one in findings(draft, context)})
        ours[f"{tweet.author} {whom}"].append(Said(tweet.text))
    return counted


def test_few_findings_in_real_answers() -> None:
    tweets, real = load()
    if not real:
        pytest.skip("the archive of tweets is not on this machine")
    known = {tweet.id: tweet for tweet in tweets}
    answers = [tweet for tweet in tweets if tweet.outgoing][::11][:SAMPLE]
    counted = measured(answers, known)
    for check in checks():
        share = 100 * counted[check.name] / len(answers)
        assert share <= MOST * (3 if check.voice else 1), (check.name, share)
