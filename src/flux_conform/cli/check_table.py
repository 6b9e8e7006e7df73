"""`check --table`: findings, logs and times in states as tables, by the ending of the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError
from flux_conform.cli.files import whole_file
from flux_conform.conformance.reports.sinks import CsvSink, ParquetSink
from flux_conform.conformance.reports.tables import TABLES, Sink, TableReport

if TYPE_CHECKING:
    from flux_conform.conformance.reports.judged import Report

_SINKS: dict[str, type[CsvSink] | type[ParquetSink]] = {".csv": CsvSink, ".parquet": ParquetSink}


@contextmanager
def tables(path: str) -> Iterator[Report]:
    """The report that fills the tables; their files are in place when all went well.

    Raises UsageError where they cannot be written.
    """
    stem, ending = os.path.splitext(path)
    if ending not in _SINKS:
        raise UsageError(f"--table {path}: its name ends in {' or '.join(_SINKS)}")
    try:
        with ExitStack() as stack:

            def sink(name: str) -> Sink:
                file = f"{stem}-{name}{ending}" if name else path
                return _SINKS[ending](stack.enter_context(whole_file(file)), TABLES[name])

            yield TableReport(sink)
    except ImportError as error:
        if error.name != "pyarrow":
            raise
        raise UsageError(
            f"--table {path} needs pyarrow: pip install 'flux-conform[table]'; "
            "or name a file that ends in .csv"
        ) from error
    except OSError as error:
        raise UsageError(f"--table {path}: {error.strerror or error}") from error
