"""Tables as CSV and as Parquet, with the types of their columns, a batch of rows at a time."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import TextIOWrapper
from typing import Any, BinaryIO

from flux_conform.reports.finding_tables import (
    FLAG,
    INTEGER,
    SECONDS,
    TEXT,
    TEXTS,
    TIME,
    Columns,
)
from flux_conform.text import printable

_BATCH = 20_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class CsvSink:
    """Rows as CSV in UTF-8 with a head.

    Null is an empty cell, a time is written as `2026-01-31T12:00:00.000000Z`, a flag as true or
    false, several texts with "; " between them. A text in which something does not show has
    escapes for that; one that a spreadsheet would run has an apostrophe before it.
    """

    def __init__(self, file: BinaryIO, columns: Columns) -> None:
        self._columns = columns
        self._text = TextIOWrapper(file, "utf-8", errors="backslashreplace", newline="")
        self._writer = csv.writer(self._text, lineterminator="\n")
        self._writer.writerow([column.name for column in columns])

    def add(self, row: Sequence[Any]) -> None:
        """Write a row."""
        cells = zip(self._columns, row, strict=True)
        self._writer.writerow([_cell(column.type, value) for column, value in cells])

    def close(self) -> None:
        """Write all rows to the file, which stays open for its owner."""
        self._text.flush()
        self._text.detach()


def _cell(type_: str, value: Any) -> Any:
    if value is None:
        return ""
    if type_ == TIME:
        when = _EPOCH + timedelta(microseconds=value)
        return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond:06}Z"
    if type_ == FLAG:
        return "true" if value else "false"
    if type_ not in (TEXT, TEXTS):
        return value
    return _text_cell("; ".join(value) if type_ == TEXTS else value)


_FORMULA = "=+-@"
"""What a spreadsheet takes a cell for a formula by, where it begins so."""


def _text_cell(text: str) -> str:
    """A text as a spreadsheet shows it and never runs it, and in one line."""
    shown = printable(text)
    return f"'{shown}" if shown[:1] in _FORMULA and len(shown) > 1 else shown


class ParquetSink:
    """Rows as Parquet."""

    def __init__(self, file: BinaryIO, columns: Columns) -> None:
        """Raises ImportError where pyarrow is missing."""
        import pyarrow
        from pyarrow import parquet

        types = {
            TEXT: pyarrow.string(),
            TEXTS: pyarrow.list_(pyarrow.string()),
            INTEGER: pyarrow.int64(),
            SECONDS: pyarrow.float64(),
            TIME: pyarrow.timestamp("us", tz="UTC"),
            FLAG: pyarrow.bool_(),
        }
        self._columns = columns
        self._schema = pyarrow.schema(
            pyarrow.field(column.name, types[column.type], column.nullable) for column in columns
        )
        self._batch = pyarrow.RecordBatch
        self._writer = parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._rows: list[Sequence[Any]] = []

    def add(self, row: Sequence[Any]) -> None:
        """Take a row, and write a batch of them when there are enough."""
        cells = zip(self._columns, row, strict=True)
        self._rows.append([_sound(column.type, value) for column, value in cells])
        if len(self._rows) >= _BATCH:
            self._flush()

    def close(self) -> None:
        """Write the rows that are left, and the end of the file."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            columns = [list(cells) for cells in zip(*self._rows, strict=True)]
            arrays = dict(zip(self._schema.names, columns, strict=True))
            self._writer.write_batch(self._batch.from_pydict(arrays, self._schema))
            self._rows = []


def _sound(type_: str, value: Any) -> Any:
    """The value without lone surrogates, which names in JSON can hold and UTF-8 cannot."""
    if value is None or type_ not in (TEXT, TEXTS):
        return value
    return _utf8(value) if type_ == TEXT else [_utf8(each) for each in value]


def _utf8(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
