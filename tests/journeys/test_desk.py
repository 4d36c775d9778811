"""What agents do at the desk, in a real browser, with the keyboard and live."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from kikite.cases import assigning, closing
from kikite.cases.models import Note, Reply
from tests.desk import factory
from tests.desk.scene import Scene

if TYPE_CHECKING:
    from .conftest import Enter

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 10_000


def write(scene: Scene, handle: str, text: str, minutes: float = 0, **how: object) -> None:
    """A customer writes, now."""
    stage = factory.Stage(scene.channel)
    stage.say(factory.author(handle), text, minutes, **how)  # type: ignore[arg-type]
    stage.perform()


def listening(page: Page) -> None:
    """Wait until the page hears of changes."""
    expect(page.locator("html[data-live]")).to_be_attached()


def who(page: Page) -> list[str]:
    return page.locator("#rows .row .who b").all_text_contents()


def test_signing_in_and_out(address: str, scene: Scene, chromium: object) -> None:
    page: Page = chromium.new_page()  # type: ignore[attr-defined]
    page.goto(f"{address}/tsubame/mine")
    page.get_by_label("E-mail address").fill("CHIE@example.com")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.get_by_label("Password").fill(factory.PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/tsubame/mine")
    page.goto(f"{address}/settings")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{address}/sign-in")
    page.close()


def test_a_case_is_found_read_answered_and_resolved_by_keys(enter: Enter, scene: Scene) -> None:
    page = enter()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("#head h1")).to_contain_text("Owen Brandt")
    expect(page).to_have_url(re.compile(r"/tsubame/cases/\d+/$"))
    page.keyboard.press("a")
    expect(page.locator("#head .yours")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.type("Sorry Owen. I have put your name right.")
    expect(page.locator("#counter")).to_have_text("39 of 280")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".way .text")).to_have_text("Sorry Owen. I have put your name right.")
    expect(page.locator("#draft")).to_have_value("")
    page.keyboard.press("e")
    expect(page.locator("#head")).to_have_attribute("data-state", "resolved")
    expect(page.locator("#says")).to_contain_text("Resolved")
    page.keyboard.press("z")
    expect(page.locator("#head")).not_to_have_attribute("data-state", "resolved")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile(r"/tsubame/$"))
    assert Reply.objects.get(text__startswith="Sorry Owen").private is False


def test_j_and_k_walk_from_case_to_case_while_one_is_open(enter: Enter, scene: Scene) -> None:
    page = enter(path=f"/tsubame/cases/{scene.cases['owen'].pk}/")
    page.keyboard.press("j")
    expect(page.locator("#head h1")).to_contain_text("木村 さやか")
    expect(page.locator(".row[data-current] .who")).to_contain_text("木村 さやか")
    page.go_back()
    expect(page.locator("#head h1")).to_contain_text("Owen Brandt")


def test_lists_by_keys_and_by_the_browsers_back(enter: Enter, scene: Scene) -> None:
    page = enter()
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page.locator("#list h1")).to_have_text("Mine")
    assert who(page) == ["Mara Keller"]
    page.locator("#rows .row a").first.click()
    expect(page).to_have_url(re.compile(r"/tsubame/cases/\d+/\?in=mine$"))
    page.reload()
    expect(page.locator("#list h1")).to_have_text("Mine")
    page.go_back()
    expect(page.locator("#open")).to_have_count(0)
    page.go_back()
    expect(page.locator("#list h1")).to_have_text("Queue")


def test_a_new_case_comes_in_at_the_end_of_the_queue(enter: Enter, scene: Scene) -> None:
    page = enter()
    listening(page)
    before = who(page)
    write(scene, "nora", "My seat is broken")
    expect(page.locator("#rows .row").last.locator(".who")).to_contain_text("Nora")
    assert who(page) == [*before, "Nora"]
    expect(page.locator("[data-count=queue]")).to_have_text(str(len(before) + 1))


def test_two_agents_see_each_others_changes(enter: Enter, scene: Scene) -> None:
    case = scene.cases["lena"]
    chie, owen = enter(scene.chie, f"/tsubame/cases/{case.pk}/"), enter(scene.owen, "/tsubame/")
    listening(chie)
    listening(owen)
    row = owen.locator(f"#row-{case.pk}")
    expect(row.locator(".whose")).to_have_text("yours")
    chie.keyboard.press("a")
    expect(row.locator(".whose")).to_have_text("Chie")
    closing.resolve(case, scene.owen)
    expect(chie.locator("#head")).to_have_attribute("data-state", "resolved")
    expect(row).to_have_count(0)


def test_nothing_moves_under_the_pointer(enter: Enter, scene: Scene) -> None:
    page = enter()
    listening(page)
    first, second = page.locator("#rows .row").nth(0), page.locator("#rows .row").nth(1)
    place = second.bounding_box()
    second.hover()
    closing.resolve(scene.cases["owen"], scene.chie)
    expect(first).to_have_attribute("data-gone", "")
    assert second.bounding_box() == place
    page.locator("#case").hover()
    expect(first.locator(".who")).to_contain_text("木村")


def test_in_all_new_words_wait_above_until_called(enter: Enter, scene: Scene) -> None:
    page = enter(path="/tsubame/all")
    listening(page)
    page.locator("#rows .row").nth(2).hover()
    before = who(page)
    write(scene, "nora", "My seat is broken")
    expect(page.locator("#fresh")).to_have_text("1 new")
    assert who(page) == before
    page.locator("#fresh").click()
    expect(page.locator("#rows .row").first).to_contain_text("Nora")
    expect(page.locator("#fresh")).to_be_hidden()


def test_an_open_conversation_grows_and_the_draft_stays(enter: Enter, scene: Scene) -> None:
    page = enter(path=f"/tsubame/cases/{scene.cases['owen'].pk}/")
    listening(page)
    page.keyboard.press("r")
    page.keyboard.type("I am looking in")
    message = scene.cases["owen"].messages.latest("posted_at")
    write(scene, "owenb", "Are you there?", reply_to=message.key)
    expect(page.locator("#talk")).to_contain_text("Are you there?")
    page.keyboard.type("to it now")
    expect(page.locator("#draft")).to_have_value("I am looking into it now")
    page.reload()
    expect(page.locator("#draft")).to_have_value("I am looking into it now")


def test_each_way_of_writing_has_a_draft_of_its_own(enter: Enter, scene: Scene) -> None:
    page = enter(path=f"/tsubame/cases/{scene.cases['mara'].pk}/")
    expect(page.locator("#composer")).to_have_attribute("data-mode", "private")
    page.locator("#draft").fill("for Mara alone")
    page.locator(".modes [data-mode=public]").click()
    expect(page.locator("#draft")).to_have_value("")
    expect(page.locator("#caution-public")).to_be_visible()
    page.locator("#draft").fill("for everybody")
    page.locator(".modes [data-mode=private]").click()
    expect(page.locator("#draft")).to_have_value("for Mara alone")
    expect(page.locator("#caution-public")).to_be_hidden()
    page.locator(".modes [data-mode=note]").click()
    page.locator("#draft").fill("She is on stage until five")
    page.locator("#go").click()
    expect(page.locator(".note").last).to_contain_text("She is on stage until five")
    assert Note.objects.filter(text="She is on stage until five").count() == 1


def test_a_double_press_sends_once(enter: Enter, scene: Scene) -> None:
    page = enter(path=f"/tsubame/cases/{scene.cases['split'].pk}/")
    page.locator("#draft").fill("Yes, daily.")
    page.locator("#go").dblclick()
    expect(page.locator(".way .text")).to_have_text("Yes, daily.")
    assert Reply.objects.filter(text="Yes, daily.").count() == 1


def test_an_answer_that_got_lost_is_not_sent_twice(enter: Enter, scene: Scene) -> None:
    """The server took the reply, but its answer never came: the text stays, and pressing again is the same reply."""
    page = enter(path=f"/tsubame/cases/{scene.cases['split'].pk}/")
    lost: list[int] = []

    def lose(route: object) -> None:
        route.fetch()  # type: ignore[attr-defined]
        lost.append(1)
        route.abort()  # type: ignore[attr-defined]

    page.route("**/replies", lose, times=1)
    page.locator("#draft").fill("Yes, daily.")
    page.locator("#go").click()
    expect(page.locator("#trouble")).to_contain_text("did not answer")
    expect(page.locator("#draft")).to_have_value("Yes, daily.")
    assert lost == [1]
    page.locator("#go").click()
    expect(page.locator("#draft")).to_have_value("")
    assert Reply.objects.filter(text="Yes, daily.").count() == 1


def test_a_refused_reply_comes_back_to_be_changed(enter: Enter, scene: Scene) -> None:
    page = enter(path=f"/tsubame/cases/{scene.cases['mara'].pk}/")
    page.get_by_role("button", name="Edit and send again").click()
    expect(page.locator("#draft")).to_have_value("You are on TA 318 at 18:25 now, window seat 14A, Mara.")
    page.locator("#draft").press("End")
    page.keyboard.type(" Safe travels.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".way[data-state=queued] .text")).to_contain_text("Safe travels.")
    expect(page.locator(".way[data-state=refused]")).to_have_count(0)


def test_a_long_reply_is_shown_as_the_thread_it_will_be(enter: Enter, scene: Scene) -> None:
    page = enter(path=f"/tsubame/cases/{scene.cases['split'].pk}/")
    page.locator("#draft").fill("We fly to Split every day in winter. " * 12)
    expect(page.locator("#plan li")).to_have_count(2)
    expect(page.locator("#plan li").first).to_contain_text("1/2")
    expect(page.locator("#counter")).to_have_text("2 posts")


def test_giving_and_snoozing_by_menu(enter: Enter, scene: Scene) -> None:
    page = enter(path=f"/tsubame/cases/{scene.cases['split'].pk}/")
    page.locator(".act.assign").click()
    page.locator("#assign button", has_text="Owen Bell").click()
    expect(page.locator("#head p")).to_contain_text("Owen")
    page.keyboard.press("s")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#head")).to_have_attribute("data-state", "snoozed")
    page.keyboard.press("s")
    expect(page.locator("#head")).not_to_have_attribute("data-state", "snoozed")


def test_the_sheet_of_keys(enter: Enter) -> None:
    page = enter()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_a_lost_connection_is_said_and_the_page_catches_up(enter: Enter, scene: Scene) -> None:
    page = enter()
    listening(page)
    page.context.set_offline(True)
    expect(page.locator("#lost")).to_have_text("Connection lost, trying again")
    write(scene, "nora", "My seat is broken")
    closing.resolve(scene.cases["owen"], scene.chie)
    page.context.set_offline(False)
    expect(page.locator("#rows .row").last.locator(".who")).to_contain_text("Nora", timeout=15_000)
    expect(page.locator(f"#row-{scene.cases['owen'].pk}")).to_have_count(0)
    expect(page.locator("#lost")).to_be_hidden()


def test_the_list_goes_on_as_one_scrolls(enter: Enter, scene: Scene) -> None:
    factory.cases(scene.channel, 90)
    page = enter(path="/tsubame/all")
    for loaded in (60, 90, 101):
        page.locator("#more").scroll_into_view_if_needed()
        expect(page.locator("#rows .row")).to_have_count(loaded)
    expect(page.locator("#more")).to_have_count(0)
    names = who(page)
    assert len(names) == len({*names}) + 1 == 101  # Mara has two cases


def test_one_column_on_a_phone_with_the_way_back_in_one_place(enter: Enter, scene: Scene) -> None:
    page = enter(phone=True)
    expect(page.locator("#case")).to_be_hidden()
    page.locator("#rows .row a").first.tap()
    expect(page.locator("#list")).to_be_hidden()
    back = page.locator("#head .back")
    place = back.bounding_box()
    assert place is not None
    page.locator("#head h1 button").tap()
    there = page.locator("#rail > .back").bounding_box()
    assert there is not None and (there["x"], there["y"]) == (place["x"], place["y"])
    page.locator("#rail > .back").tap()
    back.tap()
    expect(page.locator("#list")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_assigned_rows_say_whose_they_are(enter: Enter, scene: Scene) -> None:
    assigning.assign(scene.cases["gate"], scene.chie, scene.chie)
    page = enter()
    expect(page.locator(f"#row-{scene.cases['gate'].pk} .whose")).to_have_text("yours")
    expect(page.locator(f"#row-{scene.cases['lena'].pk} .whose")).to_have_text("Owen")


def test_a_reply_is_taken_back_before_it_leaves(enter: Enter, scene: Scene) -> None:
    scene.chie.undo_seconds = 30
    scene.chie.save()
    page = enter(path=f"/tsubame/cases/{scene.cases['owen'].pk}/")
    page.keyboard.press("r")
    page.keyboard.type("Sorry Owen, your name is write now.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".way .state")).to_contain_text("Leaves in 0:")
    expect(page.locator("#draft")).to_have_value("")
    page.keyboard.press("z")
    expect(page.locator("#draft")).to_have_value("Sorry Owen, your name is write now.")
    expect(page.locator(".way")).to_have_count(0)
    page.locator("#draft").fill("Sorry Owen, your name is right now.")
    page.get_by_role("button", name="Send later").click()
    page.get_by_role("button", name="In 3 hours").click()
    expect(page.locator(".way .state")).to_contain_text("Leaves")
    expect(page.locator(".way")).to_contain_text("Held when they write first")
    page.get_by_role("button", name="Send now").click()
    expect(page.locator(".way .state")).to_contain_text("Waiting to be sent")
    assert Reply.objects.filter(text__contains="right now").get().leaves_at is None


def test_many_cases_at_once_and_back(enter: Enter, scene: Scene) -> None:
    page = enter()
    listening(page)
    before = who(page)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.locator("#chosen .how-many")).to_have_text("3 chosen")
    page.keyboard.press("e")
    expect(page.locator("#says")).to_contain_text("3 cases changed")
    expect(page.locator("#chosen")).to_be_hidden()
    expect(page.locator("#rows .row:not([data-gone])")).to_have_count(len(before) - 3)
    page.keyboard.press("z")
    expect(page.locator("#says")).to_contain_text("Undone")
    expect(page.locator("#rows .row:not([data-gone])")).to_have_count(len(before))
    page.get_by_role("button", name="Choose", exact=True).click()
    page.locator("#rows .row").first.get_by_role("checkbox").check()
    page.get_by_role("button", name="All of this list").click()
    page.get_by_role("button", name="Give to somebody").last.click()
    page.locator("#give-chosen").get_by_role("button", name="Owen Bell").click()
    expect(page.locator("#rows .row .whose").filter(has_text="Owen")).to_have_count(len(before))
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    expect(page.locator("#chosen")).to_be_hidden()
