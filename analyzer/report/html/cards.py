"""The exchanges at the end of a page: a line each that opens, where the figures' links lead."""

from analyzer.report import units
from analyzer.report.exchanges import ExchangeCard, Exchanges
from analyzer.report.html.blocks import anchor, marked
from analyzer.report.html.markup import Markup, element

TITLE = "Exchanges"
_LEAD = "Where the figures come from; every span counts from request sent."


def cards(exchanges: Exchanges) -> tuple[Markup, ...]:
    """What the section holds."""
    lead = element("p", _LEAD, class_="lead")
    shown = element("div", map(_card, exchanges.cards), class_="exchanges")
    if not exchanges.left_out:
        return lead, shown
    more = units.counted(exchanges.left_out, "more exchange")
    return lead, shown, element("p", f"and {more}, all in the database", class_="note")


def _card(card: ExchangeCard) -> Markup:
    """One line, and the rest below it once it is opened: by hand, or by a link to it."""
    line = (
        element("span", f"#{card.name}", class_="name"),
        element("span", card.request, class_="request"),
        (element("span", one.text, class_=f"brief {one.tone}") for one in card.brief),
    )
    facts = (
        element("div", element("dt", name), element("dd", cell.text, class_=cell.tone))
        for name, cell in card.facts
    )
    fields = (
        element("div", element("dt", element("code", name)), element("dd", element("code", value)))
        for name, value in card.headers
    )
    told = element(
        "div",
        element("p", card.title, class_="title") if card.title else None,
        (element("p", marked(one.text), class_=one.tone) for one in card.problems),
        element("dl", facts, class_="measures"),
        element("dl", fields, class_="fields") if card.headers else None,
        id=anchor(card.source),
        class_="told",
        tabindex=-1,
    )
    return element("details", element("summary", line), told, class_="exchange")
