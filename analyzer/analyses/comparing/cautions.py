"""Why two groups may differ by how they were measured, or by what was asked, alone."""

from collections.abc import Iterator

from analyzer.analyses.comparing.figures import Group, connections_under
from analyzer.analyses.transport.comparison import FEW_CONNECTIONS
from analyzer.analyses.vantage import vantage_of


def step_of(group: Group) -> int:
    """The longest step of the group's clocks, ns."""
    return max((one.head.resolution_ns for one in group.captures), default=0)


def cautions_of(first: Group, second: Group) -> Iterator[str]:
    """A sentence for each."""
    groups = (first, second)
    shared = {one.head.capture_id for one in first.captures} & {
        one.head.capture_id for one in second.captures
    }
    if shared and _turns(first) & _turns(second):
        yield "Both have turns of the same capture: what is in both can't differ."
    places = [{vantage_of(one.head.source).where for one in group.captures} for group in groups]
    if places[0] != places[1]:
        seen = " and ".join(
            f"{group.name} {' or '.join(sorted(where))}"
            for group, where in zip(groups, places, strict=True)
        )
        yield f"They were seen at different places, {seen}: that alone makes times differ."
    clocks = [{one.head.clock for one in group.captures} for group in groups]
    if clocks[0] != clocks[1]:
        told = " and ".join(
            f"{group.name} {' or '.join(sorted(clock))}"
            for group, clock in zip(groups, clocks, strict=True)
        )
        yield f"Their clocks stamp different things: {told}."
    stalls = [{one.stall_ns for one in group.captures} for group in groups]
    if stalls[0] != stalls[1]:
        yield "Stalls were counted from different lengths: state one with --stall."
    few = [connections_under(group) for group in groups]
    if min(few) < FEW_CONNECTIONS and all(group.turns for group in groups):
        yield (
            f"The turns came over few connections ({first.name}: {few[0]}, {second.name}: "
            f"{few[1]}), so they are not independent: a difference may be that of these "
            "connections."
        )


def _turns(group: Group) -> set[tuple[str, int]]:
    return {
        (capture.head.capture_id, one.exchange.exchange)
        for capture in group.captures
        for one in capture.turns
    }
