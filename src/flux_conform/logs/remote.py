"""Logs by their place: a path of this machine, or an address that fsspec understands."""

from __future__ import annotations


class UnreachablePlace(Exception):
    """What lies at a place cannot be read; the message says why."""


def is_address(place: str) -> bool:
    """Whether a place is an address such as `s3://…`, and no path."""
    return "://" in place


def read_place(place: str) -> bytes:
    """The bytes of the file at a path or an address. Raises UnreachablePlace."""
    if not is_address(place):
        try:
            with open(place, "rb") as file:
                return file.read()
        except OSError as error:
            raise UnreachablePlace(error.strerror or str(error)) from error
    try:
        import fsspec
    except ImportError as error:
        raise UnreachablePlace(
            "to read an address needs fsspec: pip install 'flux-conform[dask]'"
        ) from error
    try:
        with fsspec.open(place, "rb") as opened:
            data: bytes = opened.read()
            return data
    # Each kind of address has errors of its own; and a package that it needs may be missing.
    except Exception as error:
        raise UnreachablePlace(str(error) or type(error).__name__) from error
