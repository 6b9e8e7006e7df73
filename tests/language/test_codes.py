"""The numbers that Flux gives to states and results stand for names that the model has."""

import json
from pathlib import Path

from flux_conform.artefacts import artefact
from flux_conform.language import load
from flux_conform.language.expressions import Constant, If, Node

JOB = load("job")
CODES = json.loads(Path(artefact("model", "kinds", "codes.json")).read_text(encoding="utf-8"))


def outcomes(node: Node) -> set[object]:
    """The constants that an expression can be."""
    match node:
        case If(then=then, otherwise=otherwise):
            return outcomes(then) | outcomes(otherwise)
        case Constant(value=value):
            return {value}
    raise AssertionError(node)


def test_each_state_of_the_machine_is_a_bit_in_their_order() -> None:
    names = [state.name for state in JOB.machine_states]
    assert CODES["state"] == {str(1 << place): name for place, name in enumerate(names)}


def test_the_results_are_those_that_the_model_reports() -> None:
    reported = outcomes(dict(JOB.report)["result"].tree) - {None}
    assert set(CODES["result"].values()) == reported
