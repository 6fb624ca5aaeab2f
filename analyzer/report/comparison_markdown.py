"""A comparison for a pull request: the result and a short table, the rest folded away."""

import msgspec

from analyzer.report.comparison import top_of
from analyzer.report.markdown import render
from analyzer.report.parts import Facts, Report


def comparison_markdown(report: Report) -> str:
    """What is on top is read; GitHub and GitLab fold what stands in ``details``."""
    top = top_of(report)
    shown = msgspec.structs.replace(report, sections=report.sections[:top])
    folded = msgspec.structs.replace(
        report, facts=Facts(()), notices=(), sections=report.sections[top:]
    )
    if not folded.sections:
        return render(shown)
    details = render(folded).partition("\n\n")[2]  # its title stands on top already
    return (
        f"{render(shown)}\n<details>\n<summary>All figures, and how they were compared</summary>"
        f"\n\n{details}\n</details>\n"
    )
