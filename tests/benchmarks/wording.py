"""What made-up customers and agents say: short and long, English and Japanese, the same for the same seed."""

from __future__ import annotations

import random

_ENGLISH = (
    "my bag did not arrive and nobody at the desk knows where it is",
    "the app shows my booking twice and I was charged for both",
    "is flight KT 204 on time, the board says nothing",
    "still waiting for an answer since this morning",
    "thank you, that was quick",
    "I would like to change my seat, the one I paid for is gone",
    "your line has kept me on hold for forty minutes",
    "the refund that was promised last week has not come",
    "can I bring a guitar into the cabin",
    "there is nobody at the check-in counter and the queue is out of the door",
    "my record locator is not accepted on the website",
    "the gate was changed three times and we missed the connection",
)
_JAPANESE = (
    "荷物がまだ届きません。どこに連絡すればいいですか",
    "アプリで予約が二重になっています。確認をお願いします",
    "返金の手続きはどのくらいかかりますか",
    "電話がつながらないので、こちらで教えてください",
    "ありがとうございました。とても助かりました",
    "座席を変更したいのですが、ウェブではできませんでした",
    "チェックインカウンターに誰もいません",
    "欠航の場合、振り替えはできますか",
)
JAPANESE = 0.2


def language(rng: random.Random) -> str:
    return "ja" if rng.random() < JAPANESE else "en"


def sentence(rng: random.Random, lang: str = "en") -> str:
    """Mostly one clause, now and then a whole paragraph."""
    clauses = min(1 + int(rng.expovariate(0.8)), 12)
    stock, between, end = (_JAPANESE, "。", "。") if lang == "ja" else (_ENGLISH, ". ", ".")
    return between.join(rng.choice(stock) for _ in range(clauses)) + end
