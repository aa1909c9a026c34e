"""Templates hold what they name and nothing else, and a value never becomes more than a value."""

import pytest

from kit.errors import Fault
from services.member.messages import domain_templates
from services.member.messages.domain import Purpose
from services.member.messages.domain_templates import Template, Words


def _template(
    text: str = "hi {unsubscribe_link}",
    *,
    params: tuple[str, ...] = ("sku",),
    subject: str = "s",
    html: str = "",
    link: str = "",
    locale: str = "zh-TW",
) -> Template:
    return Template("t", 0, "n", Purpose.MARKETING, params, (Words(locale, subject, text, html),), link)


@pytest.mark.parametrize(
    ("template", "field"),
    [
        (_template("{phone}"), "template.texts[0].text"),
        (_template("{member_birthday}"), "template.texts[0].text"),
        (_template(subject="{SKU}"), "template.texts[0].subject"),
        (_template(html="<b>{nam"), "template.texts[0].html"),
        (_template("a } b"), "template.texts[0].text"),
        (_template("{0.__class__}"), "template.texts[0].text"),
        (_template("{sku!r:>9}"), "template.texts[0].text"),
        (_template(subject="a\r\nBcc: x@y"), "template.texts[0].subject"),
        (_template(""), "template.texts[0].text"),
        (_template("x" * 2001), "template.texts[0].text"),
        (_template(locale="fr"), "template.texts[0].locale"),
        (_template(params=("member_name",)), "template.params[0]"),
        (_template(params=("a b",)), "template.params[0]"),
        (_template(params=("a", "a")), "template.params"),
        (_template("{link}"), "template.link"),
        (_template(link="http://shop.example.com/"), "template.link"),
        (_template(link="https://{sku}.example.com/"), "template.link"),
        (_template(link="https://shop.example.com/{order}"), "template.link"),
        (_template(link="javascript:alert(1)"), "template.link"),
        (Template("t", 0, "n", Purpose.MARKETING, (), ()), "template.texts"),
        (_template("no way out"), "template.texts[0].text"),
        (_template("{{unsubscribe_link}}"), "template.texts[0].text"),
        (_template(html="<p>hi</p>"), "template.texts[0].html"),
        (_template(subject="{unsubscribe_link}", text="hi"), "template.texts[0].text"),
    ],
)
def test_what_could_not_be_filled_is_refused_by_name(template: Template, field: str) -> None:
    with pytest.raises(Fault) as refused:
        domain_templates.check(template)
    assert refused.value.metadata["field"] == field


def test_the_unknown_place_is_named() -> None:
    with pytest.raises(Fault) as refused:
        domain_templates.check(_template("{phone}"))
    assert "{phone}" in str(refused.value)


def test_marketing_says_in_every_language_how_to_get_no_more_of_it() -> None:
    out, shut = Words("zh-TW", "s", "哈囉 {unsubscribe_link}"), Words("en", "s", "hello")
    with pytest.raises(Fault) as refused:
        domain_templates.check(Template("t", 0, "n", Purpose.MARKETING, (), (out, shut)))
    assert refused.value.metadata["field"] == "template.texts[1].text"
    assert "{unsubscribe_link}" in refused.value.metadata["rule"]
    domain_templates.check(Template("t", 0, "n", Purpose.SERVICE, (), (shut,)))


def test_braces_are_written_twice() -> None:
    template = _template("{{sku}} {sku} {unsubscribe_link}")
    domain_templates.check(template)
    assert domain_templates.fill(template.texts[0], {"sku": "A", "unsubscribe_link": "X"}).text == "{sku} A X"


def test_languages_fall_back() -> None:
    zh, en = Words("zh-TW", "s", "中"), Words("en", "s", "E")
    template = Template("t", 1, "n", Purpose.MARKETING, (), (zh, en))
    assert template.words("en", "zh-TW") is en
    assert template.words("", "en") is en
    assert template.words("fr") is zh


def test_a_link_keeps_its_value_in_its_place() -> None:
    template = _template(link="https://shop.example.com/p/{sku}")
    assert domain_templates.target(template, {"sku": "../x?y#z"}) == "https://shop.example.com/p/..%2Fx%3Fy%23z"
