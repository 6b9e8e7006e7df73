"""Texts that differ, and that a program takes for one: it brings them into some form first."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flux_conform.language import types as t
from flux_conform.language.specification import Specification
from flux_conform.mutation.faulty_parts import fault
from flux_conform.mutation.mutants import Mutant, keys_read

FORMS: Mapping[str, Callable[[str], str]] = {
    "in small letters": str.lower,
    "without blanks around them": str.strip,
    "in the composed form of Unicode": lambda text: unicodedata.normalize("NFC", text),
    "in the compatible form of Unicode": lambda text: unicodedata.normalize("NFKC", text),
    "up to a NUL": lambda text: text.split("\0", 1)[0],
    "up to a blank": lambda text: text.split(" ", 1)[0],
    "up to 16 characters": lambda text: text[:16],
    "up to 255 characters": lambda text: text[:255],
    "in ASCII alone": lambda text: text.encode("ascii", "replace").decode(),
}
"""The forms that texts are brought into, and how."""


def normalised(specification: Specification) -> Iterator[Mutant]:
    """A key of an event whose text is read so, or the name of an event."""
    for form in FORMS:
        yield fault("names of events", form, specification, None)._replace(form=("", form))
    for event in specification.events:
        read = keys_read(specification, event)
        for key, of in event.key_types.items():
            if key in read and isinstance(t.present(of), t.String):
                for form in FORMS:
                    wrong = fault(f"{event.name}: {key}", form, specification, event.name)
                    yield wrong._replace(form=(key, form))


def as_read(
    mutant: Mutant, name: str, context: Mapping[str, Any] | None
) -> tuple[str, Mapping[str, Any] | None]:
    """The name and the context of an event of the mutant's, with its texts in their form."""
    assert mutant.form is not None
    key, form = mutant.form
    if not key:
        return FORMS[form](name), context
    value = (context or {}).get(key)
    if isinstance(value, str):
        context = {**(context or {}), key: FORMS[form](value)}
    return name, context
