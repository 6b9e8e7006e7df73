"""`check --table`: opens the files of the tables, in the format of the file name's extension."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError, file_errors
from flux_conform.files import whole_files
from flux_conform.reports.finding_tables import TABLES, Sink, TableReport
from flux_conform.reports.sinks import CsvSink, ParquetSink
from flux_conform.session.delivery import Report

if TYPE_CHECKING:
    from flux_conform.session.events import LogJudged

_SINKS: dict[str, type[CsvSink] | type[ParquetSink]] = {".csv": CsvSink, ".parquet": ParquetSink}


def files_of(path: str) -> dict[str, str]:
    """The files of all tables by table name; the first table has the path itself."""
    stem, ending = os.path.splitext(path)
    return {name: f"{stem}-{name}{ending}" if name else path for name in TABLES}


class _Tables(TableReport):
    """Fills the tables; only errors of these are the table's, for standard output can fail too."""

    def __init__(self, sink: Callable[[str], Sink], path: str) -> None:
        super().__init__(sink)
        self._path = path

    def judged(self, log: LogJudged) -> None:
        with _table_errors(self._path):
            super().judged(log)

    def unreadable(self, name: str, error: str) -> None:
        with _table_errors(self._path):
            super().unreadable(name, error)


@contextmanager
def tables(path: str) -> Iterator[Report]:
    """The report that fills the tables; their files appear only if the block succeeds.

    Raises UsageError where they cannot be written.
    """
    ending, files = os.path.splitext(path)[1], files_of(path)
    if ending not in _SINKS:
        raise UsageError(f"--table {path}: its name ends in {' or '.join(_SINKS)}")
    with ExitStack() as stack:
        begin = stack.enter_context(whole_files())

        def sink(name: str) -> Sink:
            made = _SINKS[ending](begin(files[name]), TABLES[name])
            # Closes before its file does: pyarrow's writer must not be left open.
            stack.callback(made.close)
            return made

        with _table_errors(path):
            report = _Tables(sink, path)
        yield report
        with _table_errors(path):
            stack.close()


@contextmanager
def _table_errors(path: str) -> Iterator[None]:
    """Raises UsageError where the tables cannot be written."""
    try:
        with file_errors(f"--table {path}"):
            yield
    except ImportError as error:
        if error.name != "pyarrow":
            raise
        raise UsageError(
            f"--table {path} needs pyarrow: pip install 'flux-conform[table]'; "
            "or name a file that ends in .csv"
        ) from error
