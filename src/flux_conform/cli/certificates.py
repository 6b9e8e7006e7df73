"""What `prove` writes for those who do not take its word: certificates and SMT-LIB scripts."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from flux_conform.artefacts import artefact
from flux_conform.cli.common import file_errors
from flux_conform.cli.file_options import file_name
from flux_conform.files import write_whole

if TYPE_CHECKING:
    from flux_conform.language.specification import Specification
    from flux_conform.prove.certificate import Certificate, Json
    from flux_conform.prove.outcomes import Proofs
    from flux_conform.verify import Result

INDEX = "index.txt"
"""Beside the scripts: a line for each, with its file and what it asks."""


def write_certificates(
    proofs: Proofs, certificates: str | None, smtlib: str | None
) -> tuple[dict[str, str], int]:
    """Write them into two directories, of which either may be None.

    The result is the certificates' paths by the ids of properties, and the number of scripts.
    """
    proved = [item.certificate for item in proofs.outcomes if item.certificate is not None]
    files: dict[str, str] = {}
    questions = 0
    if certificates is not None:
        with file_errors(f"--certificates {certificates}"):
            files = _write_files(proved, certificates)
    if smtlib is not None:
        with file_errors(f"--smtlib {smtlib}"):
            questions = _write_scripts(proved, smtlib)
    return files, questions


def _write_files(proved: list[Certificate], directory: str) -> dict[str, str]:
    from flux_conform.prove.certificate import dumps

    os.makedirs(directory, exist_ok=True)
    files = {}
    for certificate in proved:
        name = certificate.property["id"]
        files[name] = os.path.join(directory, f"{file_name(name)}.json")
        write_whole(files[name], dumps([certificate]).encode())
    return files


def _write_scripts(proved: list[Certificate], directory: str) -> int:
    from flux_conform.prove.obligations import obligations

    os.makedirs(directory, exist_ok=True)
    lines = []
    for certificate in proved:
        for item in obligations(certificate):
            path = f"{file_name(item.name)}.smt2"
            write_whole(os.path.join(directory, path), item.script.encode())
            lines.append(f"{path}\t{item.asks}\n")
    # Last, so that whatever it lists is there.
    write_whole(os.path.join(directory, INDEX), "".join(lines).encode())
    return len(lines)


# The certificates in model/


def certificates_path(machine: str) -> str:
    """Where the certificates of a packaged machine lie."""
    return os.path.join(artefact("model"), "certificates", f"{machine}.json")


def shipped_text(specification: Specification) -> str:
    """The certificates of all properties of a machine; those that are unknown are listed too."""
    from flux_conform.prove import prove
    from flux_conform.prove.certificate import certify, dumps

    claims = {claim.id: claim for claim in specification.properties}
    proofs = prove(specification, quick=True, certified=True)
    return dumps(
        [
            item.certificate
            or certify(specification, proofs.generation, claims[item.id], item.verdict, ())
            for item in proofs.outcomes
        ],
        whole=True,
    )


def staleness(specification: Specification, text: str | bytes | None) -> str | None:
    """Why stored certificates do not stand for a machine as it is now; None where they do.

    Another version of Z3 may find another proof, so they need not be what would be written today:
    they must be of this machine and this encoding, list its properties, and be verified.
    """
    if text is None:
        return "there is none"
    try:
        document = json.loads(text)
        if [item["id"] for item in document["properties"]] != [
            claim.id for claim in specification.properties
        ]:
            return "other properties"
        if document["generation"] != specification.today.name:
            return "about logs of another generation"
        results = verified(document, specification)
    except NotWhole as error:
        return str(error)
    except (LookupError, TypeError, ValueError) as error:
        return str(NotWhole(error))
    wrong = [result for result in results if result.problem is not None]
    return f"{wrong[0].id}: {wrong[0].problem}" if wrong else None


class NotWhole(Exception):
    """A file lacks what a certificate has, or has something else in its place."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error

    def __str__(self) -> str:
        return f"not a whole certificate ({type(self.error).__name__}: {self.error})"


def verified(document: Json, specification: Specification | None) -> list[Result]:
    """The verifier's results, and what of the formulas is not the specification's.

    Without a specification the proofs alone are verified. Raises NotWhole.
    """
    from flux_conform.language.compiled import encode
    from flux_conform.verify import verify

    try:
        if specification is None:
            return list(verify(document))
        results = list(verify(document, encode(specification)))
        if any(result.problem for result in results):
            return results
        from flux_conform.prove.encoded import differences

        differing = differences(specification, document)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise NotWhole(error) from error
    return [
        result._replace(problem=differing[result.id], verified=False)
        if result.id in differing
        else result
        for result in results
    ]
