"""What APIs commonly call the parts of a page: parameters and members, without case and marks."""

from functools import lru_cache

LENGTH_LIMIT = 100
"""Longest name in characters that can be one of these; longer ones are cut."""


def bare(name: str) -> str:
    """A name without case and punctuation: ``page[size]``, ``pageSize``, ``page_size`` are one."""
    return _bare(name if len(name) <= LENGTH_LIMIT else name[:LENGTH_LIMIT])


@lru_cache(maxsize=4_096)
def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ROLES = {
    "offset": _words("offset skip start startindex from startat firstresult pageoffset"),
    "limit": _words(
        "limit perpage pagesize size count maxresults take top first last num rows pagelimit "
        "numturns resultsperpage"
    ),
    "page": _words("page pagenumber pageno pagenum pageindex currentpage"),
    "cursor": _words(
        "cursor nextcursor pagecursor pagetoken nextpagetoken nexttoken continuation "
        "continuationtoken marker startkey exclusivestartkey endcursor scrollid bookmark"
    ),
    "after": _words("after startingafter afterid sinceid lastid pageafter aftercursor"),
    "before": _words("before endingbefore beforeid maxid pagebefore beforecursor"),
    "order": _words("order orderby sort sortby ordering sortorder sortdirection direction"),
}
"""Request parameters by what they say of the page."""

VAGUE = _words("start from")
"""Names that are an offset only beside a limit."""

CACHE_BUSTERS = _words("_ _t nocache cachebust cb")
"""Parameters that make an address new and say nothing; names as they stand."""

WRAPPERS = _words("variables input page pagination paging params options args")
"""Members of a request body that hold parameters."""

LISTS = _words(
    "items data results edges nodes entries records rows list objects elements values "
    "conversations messages threads chats hits content docs"
)
NEXT = _words(
    "cursor nextcursor nextpagetoken nexttoken pagetoken endcursor continuation nextpage "
    "continuationtoken next after nextmarker lastkey lastevaluatedkey lastid scrollid"
)
PREVIOUS = _words("previouscursor prevcursor startcursor firstid before")
MORE = _words("hasmore hasnext hasnextpage more hasmoreitems")
TOTAL = _words("total totalcount totalitems totalresults totalrecords totalelements")
ABOUT = _words("meta pagination paging page pageinfo links cursors responsemetadata metadata")
"""Objects in an answer that tell of pages."""

CREATED = _words("createtime createdat created creationtime creationdate createdtime insertedat")
UPDATED = _words(
    "updatetime updatedat updated modifiedat modified lastmodified lastactivityat "
    "lastmessageat lastactivity modifytime"
)
