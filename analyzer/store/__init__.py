"""The SQLite database: an interface for people, written in one pass, read back exactly."""

from analyzer.store.database import StoreError, is_database
from analyzer.store.reading import read_analysis
from analyzer.store.schema import TABLES, VIEWS
from analyzer.store.writing import CaptureWriter, Store

__all__ = [
    "TABLES",
    "VIEWS",
    "CaptureWriter",
    "Store",
    "StoreError",
    "is_database",
    "read_analysis",
]
