"""Identifiers: which schemes name the service's things, and what their text gives away.

`finding` and `heads` see them, `shapes` knows the schemes, `keeping` remembers, `belief` judges the
times inside, `order` what the identifiers of a field tell together.
"""

from analyzer.analyses.identifiers.question import IdentifiersQuestion
from analyzer.analyses.identifiers.rows import Identifier, IdentifierOrder, IdentifiersFound

__all__ = ["Identifier", "IdentifierOrder", "IdentifiersFound", "IdentifiersQuestion"]
