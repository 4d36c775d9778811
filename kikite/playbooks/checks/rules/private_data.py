"""What belongs to the customer alone, about to be read by everybody."""

from __future__ import annotations

from collections.abc import Iterator

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumbers import Leniency, PhoneNumberMatcher, PhoneNumberType, number_type

from ..frame import Check, Context, Draft, Finding, Offer
from ..wording import EMAIL, LINK, words_of

_MAILS_OF_PEOPLE = words_of(
    "gmail.com googlemail.com yahoo.com yahoo.co.jp yahoo.co.uk hotmail.com hotmail.co.uk outlook.com outlook.jp "
    "live.com icloud.com me.com mac.com aol.com gmx.de gmx.net web.de proton.me protonmail.com mail.ru qq.com "
    "docomo.ne.jp ezweb.ne.jp softbank.ne.jp au.com i.softbank.jp"
)
_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.PERSONAL_NUMBER, PhoneNumberType.PAGER}
_LONG = regex.compile(r"(?<![\w/])\d(?:[ -]?\d){12,18}(?!\w)")
_IBAN = regex.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)")
_CODE = regex.compile(r"(?<![\w@#/.-])(?=[A-Z0-9-]*\d)[A-Z0-9][A-Z0-9-]{4,19}(?![\w-])")
_THINGS = "booking|reservation|order|confirmation|record locator|tracking|account|passport|membership|loyalty"
_NUMBER = r"(?: (?:number|no\.?|code|reference|ref\.?|id))?(?: is|:|,)? ?#?"
_THINGS_JA = "予約番号|注文番号|会員番号|お問い合わせ番号|確認番号|追跡番号"
_NAMED = regex.compile(
    rf"\b(?:your|the) (?:{_THINGS}){_NUMBER}(?<code>(?=[A-Z0-9-]*[0-9])[A-Z0-9][A-Z0-9-]{{4,19}})\b"
    rf"|(?:{_THINGS_JA})(?:は|が|：|:)?\s?(?<code>[A-Z0-9][A-Z0-9-]{{4,19}})",
    regex.IGNORECASE,
)
_REGION = {"ja": "JP", "en": "GB", "": "GB"}


def find(draft: Draft, context: Context) -> Iterator[Finding]:
    """Nothing in private. What the brand's dictionary holds (its own hot line) is nobody's secret."""
    if draft.private:
        return
    taken: list[tuple[int, int]] = [found.span() for found in LINK.finditer(draft.text)]
    for start, end, reason in _data(draft, context):
        words = draft.text[start:end]
        inside = any(begin < end and start < finish for begin, finish in taken)
        if not inside and words not in context.voice.dictionary:
            taken.append((start, end))
            yield Finding(start, end, reason, offer=Offer.PRIVATE)


def _data(draft: Draft, context: Context) -> Iterator[tuple[int, int, str]]:
    text = draft.text
    told = "\n".join(said.text for said in context.customer)
    for found in EMAIL.finditer(text):
        if found[0].rpartition("@")[2].lower() in _MAILS_OF_PEOPLE or found[0] in told:
            yield *found.span(), _("An e-mail address, and everybody reads it")
    for found in _LONG.finditer(text):
        if _luhn([int(char) for char in found[0] if char.isdecimal()]):
            yield *found.span(), _("A card number, and everybody reads it")
    for found in _IBAN.finditer(text):
        if _iban(found[0]):
            yield *found.span(), _("An account number, and everybody reads it")
    for start, end in _phones(draft, told):
        yield start, end, _("A person’s phone number, and everybody reads it")
    yield from _records(text, context)


def _phones(draft: Draft, told: str) -> Iterator[tuple[int, int]]:
    """Mobile numbers, and those that the customer gave us: a hot line is there to be read."""
    plain = _digits(told)
    for found in PhoneNumberMatcher(draft.text, _REGION[draft.language], leniency=Leniency.VALID):
        digits = _digits(found.raw_string)
        if number_type(found.number) in _MOBILE or (len(digits) >= 9 and digits in plain):
            yield found.start, found.end


def _records(text: str, context: Context) -> Iterator[tuple[int, int, str]]:
    """A code that the customer told us privately, or that the words before it call theirs."""
    secret = " ".join(said.text for said in context.customer if said.private).upper()
    reason = _("An order or record number, and everybody reads it")
    for found in _CODE.finditer(text):
        if secret and regex.search(rf"(?<!\w){regex.escape(found[0])}(?!\w)", secret):
            yield *found.span(), reason
    for found in _NAMED.finditer(text):
        yield *found.span("code"), reason


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdecimal())


def _luhn(digits: list[int]) -> bool:
    """The check digit of cards (ISO/IEC 7812)."""
    doubled = [sum(divmod(digit * 2, 10)) for digit in digits[-2::-2]]
    return len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _iban(text: str) -> bool:
    """The check digits of bank accounts (ISO 13616)."""
    plain = text.replace(" ", "")
    moved = plain[4:] + plain[:4]
    return len(plain) >= 15 and int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


CHECK = Check(
    "private_data",
    gettext_lazy("A private datum in public"),
    gettext_lazy("a phone, booking or card number that everybody would read"),
    find,
)
