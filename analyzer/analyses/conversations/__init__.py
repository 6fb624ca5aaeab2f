"""Conversations put together from what passed: messages with their parents, titles, feedback."""

from analyzer.analyses.conversations.question import ConversationsQuestion
from analyzer.analyses.conversations.rows import (
    ConversationRow,
    ConversationsFound,
    FeedbackRow,
    MessageRow,
    TitleRow,
)

__all__ = [
    "ConversationRow",
    "ConversationsFound",
    "ConversationsQuestion",
    "FeedbackRow",
    "MessageRow",
    "TitleRow",
]
