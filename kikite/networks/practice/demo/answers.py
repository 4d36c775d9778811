"""What the practice airline says again and again, in both of its languages."""

from __future__ import annotations

_FIELDS = ("language", "audience", "shortcut", "title", "text")
_ANSWERS = (
    ("en", "public", "code", "Ask for the booking code",
     ("Sorry about this, {{customer.first_name|there}}. Send us your booking code in a private message and I will look "
     "at it right away.")),
    ("en", "private", "later", "A later flight",
     ("Of course, {{customer.first_name|there}}. I am looking for a later flight now and will write to you here within "
     "ten minutes.")),
    ("en", "private", "refund", "Refund is on its way",
     ("I have asked for your money back, {{customer.first_name|there}}. It is on your card within five working days. "
     "Your case is {{case.number}}, should you need us again.")),
    ("en", "", "bag", "Bag not there",
     ("Sorry your bag did not fly with you, {{customer.first_name|there}}. Tell me the number on the bag tag privately "
     "and I will find out where it is.")),
    ("en", "public", "gate", "Gate changes",
     "The screens at the airport are right, the app is a few minutes behind today. Sorry for the walk."),
    ("en", "", "thanks", "Pass on the thanks",
     "Thank you, {{customer.first_name|from all of us}}. I have passed it on to the crew; it will make their day."),
    ("ja", "public", "code", "予約番号をうかがう",
     "ご不便をおかけしております。予約番号をダイレクトメッセージでお知らせいただけますか。すぐにお調べいたします。"),
    ("ja", "private", "later", "後の便をお探しする",
     "承知いたしました。後の便をお探しし、10分以内にこちらでご連絡いたします。"),
    ("ja", "private", "refund", "返金の手続き",
     "返金の手続きをいたしました。5営業日以内にカードへ戻ります。お問い合わせ番号は{{case.number}}です。"),
    ("ja", "", "bag", "手荷物が届かない",
     "お荷物が届かず、ご心配をおかけしております。手荷物タグの番号を非公開でお知らせください。すぐに所在をお調べいたします。"),
    ("ja", "public", "gate", "搭乗口の変更",
     "空港の表示が最新です。本日はアプリの反映が数分遅れております。ご迷惑をおかけし申し訳ございません。"),
    ("ja", "", "thanks", "お礼を乗務員へ",
     "温かいお言葉をありがとうございます。乗務員に必ず申し伝えます。"),
)  # fmt: skip
ANSWERS = tuple(dict(zip(_FIELDS, answer, strict=True)) for answer in _ANSWERS)
