"""Text goes into a page as text, whatever is in it."""

from html.parser import HTMLParser

import pytest
from attacking import ATTACKS

from analyzer.report.html.markup import Markup, element, raw_text, text


class Parsed(HTMLParser):
    """Elements, attributes and text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def fit(attack: str) -> str:
    """What is to be read of it: no control character, and nothing that reorders."""
    return attack.translate({0: "\ufffd", 0x1B: "\ufffd", 0x202E: None, 0x2066: None})


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_string_is_text_in_an_element_and_a_value_in_an_attribute(attack: str) -> None:
    found = Parsed(element("p", attack, title=attack))

    assert found.elements == [("p", {"title": fit(attack)})]
    assert found.text == fit(attack)


def test_markup_stays_markup_however_deep_it_stands() -> None:
    inner = [element("b", "1 < 2"), (" & ", None)]

    assert element("p", inner) == "<p><b>1 &lt; 2</b> &amp; </p>"


def test_attributes_may_be_switches_or_left_out() -> None:
    made = element("details", open=True, class_=None, hidden=False, data_v=0, aria_label="x")

    assert made == '<details open data-v="0" aria-label="x"></details>'


def test_what_no_page_may_hold_is_replaced() -> None:
    assert text("a\ud800b\ufffe\x85\tc\nd") == "a\ufffdb\ufffd\ufffd\tc\nd"


@pytest.mark.parametrize("end", ["</script", "</STYLE >", "<!--", "<script"])
def test_a_script_that_would_end_its_element_is_refused(end: str) -> None:
    with pytest.raises(ValueError, match="would end"):
        raw_text("script", f"let x = '{end}'")


def test_markup_is_a_string_like_any_other_to_who_reads_it() -> None:
    assert isinstance(text("x"), Markup)
