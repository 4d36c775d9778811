"""What each check finds, and what it lets be: precision first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kikite.playbooks.checks.frame import Avoided, Context, Draft, File, Finding, Said, Voice
from kikite.playbooks.checks.registry import checks
from kikite.playbooks.checks.running import findings
from kikite.playbooks.checks.wording import language

ON = Voice(levels={"customer_name": "advice"})
HER = Context(name="Mara Keller", handle="marak", voice=ON)


def found(name: str, text: str, context: Context = HER, **extra: object) -> list[Finding]:
    """What one check finds."""
    values: dict[str, object] = {"language": language(text, "en"), **extra}
    return [one for one in findings(Draft(text, **values), context) if one.check == name]  # type: ignore[arg-type]


def words(name: str, text: str) -> list[tuple[str, str | None]]:
    return [(text[one.start : one.end], one.fix) for one in found(name, text)]


BAD = [
    ("confused", "Your welcome, Mara.", "Your", "You're"),
    ("confused", "Please check if your having trouble with it.", "your", "you're"),
    ("confused", "Is this you’re account?", "you’re", "your"),
    ("confused", "Hi Mara. Where sorry to hear that.", "Where", "We're"),
    ("confused", "I see that you where charged twice.", "where", "were"),
    ("confused", "We are sorry to here that.", "here", "hear"),
    ("confused", "That should of been better.", "of", "have"),
    ("confused", "Its been a long day.", "Its", "It's"),
    ("doubled", "We sent it to the the gate.", "the the", "the"),
    ("doubled", "お荷物をを確認します。", "をを", "を"),
    ("politeness", "確認いたしました。次の便は満席だった。またご連絡します。", "だった", None),
    ("politeness", "ご不便をおかけします。係員が対応している。", "ている", None),
    ("politeness", "ご不便をおかけします。係員を向かわせている。", "ている", None),
    ("keigo", "ご覧になられましたか。", "ご覧になられま", "ご覧になりま"),
    ("keigo", "お客様がおっしゃられた便です。", "おっしゃられた", "おっしゃった"),
    ("keigo", "いらっしゃられますか。", "いらっしゃられま", "いらっしゃいま"),
    ("keigo", "はい、了解しました。", "了解しました", "承知しました"),
    ("ranuki", "アプリで見れます。", "見れ", "見られ"),
    ("ranuki", "機内で食べれるものです。", "食べれ", "食べられ"),
    ("widths", "ｶｳﾝﾀｰでお待ちください。", "ｶｳﾝﾀｰ", "カウンター"),
    ("widths", "12番ゲートへ、１４時にお越しください。", "１４", "14"),
    ("arguing", "You should have called us first.", "You should have called", None),
    ("arguing", "As I said, the gate is closed.", "As I said", None),
    ("arguing", "お客様の勘違いかと存じます。", "お客様の勘違い", None),
    ("private_data", "We will write to mara.k@gmail.com today.", "mara.k@gmail.com", None),
    ("private_data", "Shall we call you on +44 7400 123456?", "+44 7400 123456", None),
    ("private_data", "Your booking QK7T2M is changed.", "QK7T2M", None),
    ("private_data", "Refunded to 4111 1111 1111 1111.", "4111 1111 1111 1111", None),
    ("private_data", "Paid to DE89 3704 0044 0532 0130 00 today.", "DE89 3704 0044 0532 0130 00", None),
    ("private_data", "予約番号はQK7T2Mです。", "QK7T2M", None),
    ("shortened", "All gates: https://bit.ly/3xYz", "https://bit.ly/3xYz", None),
    ("only_link", "Please see https://tsubame.example/help", "https://tsubame.example/help", None),
    ("only_link", "詳しくはこちらをご覧ください https://tsubame.example/help", "https://tsubame.example/help", None),
]
GOOD = [
    ("confused", "Thank you for your patience; your welcome pack is at your gate. You're all set."),
    ("confused", "Can you tell us where you were sitting? We'll show you where the bags are."),
    ("confused", "Let us know where working toilets are missing. It's in its box, of course."),
    ("doubled", "Head to https://tsubame.example/the the gate is 4, @to to you."),
    ("doubled", "I know that that had had a reason. Bye bye, Mara."),
    ("doubled", "確認したことと、そのもののことです。国際線には乗れます。"),
    ("politeness", "ご安心ください。「満席だ」と表示されても予約できます。"),
    ("politeness", "先ほど確認した。便は満席だった。"),
    ("keigo", "お元気になられて何よりです。お世話になられた方へ。お客様になられる方もご覧になります。"),
    ("ranuki", "アプリを見れば分かります。見られます。来られますか。触れる。"),
    ("widths", "12番ゲートです(ﾟДﾟ)"),
    ("arguing", "That is what actually happened, and what you should do next is simple."),
    ("private_data", "Call us on 0800 123 4567 or write to help@tsubame.example."),
    ("private_data", "Flight TA318 leaves at 18:25 from gate 22C, boeing 737-800, order within 24 hours."),
    ("private_data", "See https://tsubame.example/orders/4111111111111111"),
    ("shortened", "All gates: https://tsubame.example/gates and https://t.co/abc"),
    ("only_link", "The later flight has seats left, and you can change it yourself: https://tsubame.example/help"),
    ("only_link", "遅延証明書は到着後7日間、こちらから発行できます。 https://tsubame.example/help"),
]


@pytest.mark.parametrize(("name", "text", "at", "fix"), BAD)
def test_found_with_its_fix(name: str, text: str, at: str, fix: str | None) -> None:
    assert words(name, text) == [(at, fix)]


@pytest.mark.parametrize(("name", "text"), GOOD)
def test_let_be(name: str, text: str) -> None:
    assert words(name, text) == []


def test_private_words_may_hold_private_data() -> None:
    assert found("private_data", "Your booking QK7T2M is changed.", private=True) == []


def test_what_was_told_in_private_stays_there() -> None:
    told = Context(customer=(Said("My code is ZX9PQ1", private=True),))
    assert [one.start for one in found("private_data", "ZX9PQ1 is fine now.", told)] == [0]
    assert found("private_data", "ZX9PQ1 is fine now.", Context(customer=(Said("My code is ZX9PQ1"),))) == []


def test_the_brands_own_number_is_no_secret() -> None:
    own = Context(voice=Voice(dictionary=frozenset({"+44 7400 123456"})))
    assert found("private_data", "Call +44 7400 123456.", own) == []


def test_the_brand_says_which_words_it_does_not_say() -> None:
    voice = Voice(avoid=(Avoided("unfortunately"), Avoided("staff", "crew"), Avoided("キャンセル料", "変更手数料")))
    of = Context(voice=voice)
    one, two = found("avoided", "Unfortunately our Staff is at the staffroom.", of)
    assert (one.fix, two.fix) == (None, "Crew")
    assert [one.fix for one in found("avoided", "キャンセル料はかかりません。", of)] == ["変更手数料"]


def test_who_complains_hears_a_sorry_once() -> None:
    angry = Context(waiting=(Said("Worst airline ever"),))
    assert found("apology", "Your bag will be at gate 14 in an hour.", angry)
    assert not found("apology", "Sorry. Your bag will be at gate 14 in an hour.", angry)
    before = Context(waiting=angry.waiting, ours=(Said("We are so sorry"),))
    assert not found("apology", "Your bag will be at gate 14 in an hour.", before)
    assert not found("apology", "Your bag will be at gate 14 in an hour.", Context(waiting=(Said("Where is it?"),)))


def test_the_first_answer_names_the_customer() -> None:
    text = "Your bag will be at gate 14 in an hour."
    assert found("customer_name", text)
    assert not found("customer_name", f"Mara, {text}")
    assert not found("customer_name", text, Context(name="xX_fly_Xx", voice=ON))
    assert not found("customer_name", text, Context(name="Mara Keller", ours=(Said("Hi Mara"),), voice=ON))


@pytest.mark.parametrize("before", [
    "Sorry Mara, we are looking for your bag and will write as soon as it is found. ^CP",
    "大変申し訳ございません。お荷物をお探しして、見つかり次第すぐにご連絡いたします。",
])  # fmt: skip
def test_the_same_again(before: str) -> None:
    said = Context(ours=(Said(before),))
    changed = before.replace("as soon as", "when").replace("すぐに", "")
    assert found("again", changed, said)
    assert not found("again", "The bag came in on the noon flight; we bring it to your hotel by six.", said)
    assert not found("again", "お荷物は正午の便で到着しました。18時までにホテルへお届けします。", said)


def test_pictures_are_described_and_replies_are_signed() -> None:
    files = (File("gate.jpg", "image"), File("map.pdf", "file"))
    assert [one.offer for one in found("alt", "Here.", files=files)] == ["alt"]
    assert not found("alt", "Here.", files=(File("gate.jpg", "image", "Gate 14"),))
    signing = Context(signs=True)
    assert found("sign_off", "We are on it.", signing)
    assert not found("sign_off", "We are on it. ^CP", signing)
    assert not found("sign_off", "We are on it.", signing, signature="^CP")


def test_a_dead_link_is_one_that_was_looked_at() -> None:
    text = "All of it: https://tsubame.example/old."
    assert found("dead", text, Context(dead=frozenset({"https://tsubame.example/old"})))
    assert not found("dead", text)


@pytest.mark.parametrize(("text", "of"), [
    ("Sorry to hear that, we are looking into it.", "en"), ("ご連絡ありがとうございます。", "ja"),
    ("Olá! Lamentamos o transtorno, você pode enviar o código?", ""), ("Wir sehen das sofort nach und melden uns", ""),
    ("@mara https://x.example", "en"), ("Merci beaucoup pour votre message et votre patience", ""),
])  # fmt: skip
def test_the_language_of_a_draft(text: str, of: str) -> None:
    assert language(text, "en") == of


@given(st.text(max_size=300), st.sampled_from(["en", "ja", ""]), st.booleans())
def test_any_text_can_be_looked_at(text: str, tongue: str, private: bool) -> None:
    context = Context(ours=(Said(text),), waiting=(Said("worst"),), customer=(Said(text, private=True),), voice=ON)
    for one in findings(Draft(text, private, tongue), context):
        assert 0 <= one.start <= one.end <= len(text)
        assert one.reason


def test_a_check_is_one_file() -> None:
    names = {check.name for check in checks()}
    assert len(names) >= 16
    assert all(str(check.title) and str(check.example) for check in checks())


def test_a_brand_turns_a_check_off_or_makes_it_blocking() -> None:
    text = "You should have called us first."
    off, strict = Voice(levels={"arguing": "off"}), Voice(levels={"arguing": "blocking"})
    assert found("arguing", text, Context(voice=off)) == []
    assert [one.level for one in findings(Draft(text), Context(voice=strict), blocking=True)] == ["blocking"]
    assert findings(Draft(text), Context(), blocking=True) == []
