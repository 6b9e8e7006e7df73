"""A dump of the key-value store, as `flux dump` makes it: a tar archive whose names are keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from flux_conform.logs.found import (
    MAX_LOG_BYTES,
    Found,
    Problem,
    Skipped,
    SourcedLog,
    SourceError,
    Wanted,
    log_name,
)
from flux_conform.logs.places import is_key, place_of_key
from flux_conform.logs.stream import Stream
from flux_conform.logs.tar import Archive, Damage, Member


def read_archive(stream: Stream, name: str, wanted: Wanted) -> Iterator[Found]:
    """The logs of an archive in its order, and then what was left out."""
    archive = Archive(stream)
    left_out: Counter[str] = Counter()
    try:
        for member in archive:
            if isinstance(member, Damage):
                yield Problem(name, f"damaged from byte {member.offset:,} on to the next member")
                continue
            found = _read_member(archive, member, name, wanted)
            if isinstance(found, str):
                left_out[found] += 1
            elif found is not None:
                yield found
    except SourceError as error:  # what came before it counts all the same
        yield Problem(name, str(error))
    for what, count in sorted(left_out.items()):
        yield Skipped(name, count, what)


def _read_member(archive: Archive, member: Member, name: str, wanted: Wanted) -> Found | str | None:
    """The log that a member is, else what it is; None where nobody asked for its job."""
    if member.name is None:
        return Problem(name, "a member's name is longer than is read")
    if not member.is_file:
        return "members that are no plain files"
    place = place_of_key(member.name)
    if place is None:
        return "other keys than eventlogs"
    if not is_key(member.name):
        return "members whose names are no keys"
    if not wanted.has_job(place.job):
        return None
    if not wanted.kind(place.kind):
        return f"{place.kind} eventlogs"
    own = log_name(name, place.job, place.kind, member.name)
    if member.size > MAX_LOG_BYTES:
        return Problem(own, f"it has {member.size:,} bytes; {MAX_LOG_BYTES:,} are read of one log")
    return SourcedLog(own, archive.read(member.size), place.job, place.kind)
