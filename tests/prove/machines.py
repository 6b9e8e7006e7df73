"""Specifications for the tests of proofs: the shipped ones, broken ones, and small ones."""

from functools import cache
from pathlib import Path
from textwrap import dedent, indent

from flux_conform.language.loader import load_text
from flux_conform.language.specification import Specification
from flux_conform.prove import prove
from flux_conform.prove.outcomes import Outcome, Proofs

MODELS = Path(__file__).parents[2] / "model"


def shipped_text(name: str) -> str:
    """The text of a shipped specification."""
    return (MODELS / f"{name}.yaml").read_text(encoding="utf-8")


def loaded(text: str) -> Specification:
    """The specification in a text, with the shipped rules of lines."""
    return load_text(text, "a test's machine", lambda name: str(MODELS / f"{name}.yaml"))


def of_places(specification: Specification) -> Specification:
    """The same with those claims alone that speak of no single event.

    What the others ask of events, such as whose the job is, adds actions that differ in nothing
    which any step reads, and flags that nothing else asks for: 9,208 configurations of `job`, not
    7,240.
    """
    kept = (each for each in specification.properties if each.on is None)
    return specification._replace(properties=tuple(each for each in kept if each.kind != "reports"))


def case_text(name: str) -> str:
    """The text of one of the collected cases."""
    path = Path(__file__).parents[1] / "cases" / "machines" / f"{name}.yaml"
    return path.read_text(encoding="utf-8")


def case(name: str, *changes: tuple[str, str]) -> Specification:
    """A specification of the collected cases, with parts of its text replaced."""
    text = case_text(name)
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return loaded(text)


def edited(name: str, old: str, new: str) -> Specification:
    """A shipped specification with one part of its text replaced; the part must be there once."""
    text = shipped_text(name)
    assert text.count(old) == 1, old
    return loaded(text.replace(old, new))


FINDINGS = """\
findings:
  undefined:  {id: rfc99/states/undefined, level: MUST, section: S, says: Undefined.}
  silent:     {id: rfc99/states/silent, level: note, section: S, says: Silent.}
  captive:    {id: rfc99/states/captive, level: MUST, section: S, says: Captive.}
  removed:    {id: rfc99/states/removed, level: MUST, section: S, says: Removed.}
  context:    {id: "rfc99/{event}/context", level: MUST, section: S, says: Context.}
  no-context: {id: "rfc99/{event}/no-context", level: implied, section: S, says: No context.}
"""

ALL_PROPERTIES = """
- {id: ends, single: initial and final, says: Ends.}
- {id: states, reachable: each state, silent: out, says: States.}
- {id: rows, taken: each transition, silent: out, says: Rows.}
- {id: guards, disjoint: each pair, says: Guards.}
- {id: captive, closed: final, says: Captive.}
- {id: leave, leavable: every other state, says: Leave.}
"""


def machine(
    *,
    states: str,
    events: str,
    transitions: str,
    variables: str = "",
    rules: str = "",
    generations: str = "",
    properties: str = ALL_PROPERTIES,
    virtual_states: str = "",
    report: str = "",
) -> Specification:
    """A small machine; each part is YAML. An entry for unlisted events is put in."""
    parts = [
        "machine: toy",
        "title: A toy",
        "source: {rfc: 99}",
        "lines: eventlog",
        FINDINGS,
        _part("generations", generations),
        _part("states", states),
        _part("virtual states", virtual_states),
        _part("variables", variables),
        _part(
            "events",
            dedent(events).strip() + "\nunlisted: {says: x, context: any, elsewhere: stays}",
        ),
        _part("transitions", transitions),
        _part("rules", rules),
        _part("report", report),
        _part("properties", properties),
    ]
    return loaded("\n".join(parts))


def _part(name: str, text: str) -> str:
    text = dedent(text).strip()
    return f"{name}:\n{indent(text, '  ')}" if text else ""


def rule(name: str, event: str, require: str, level: str = "MUST") -> str:
    """A rule in YAML."""
    return (
        f"- {{id: rfc99/{name}, level: {level}, on: {event}, require: '{require}', section: S, "
        f"says: S., breach: b, repair: r}}\n"
    )


@cache
def shipped_proofs(name: str) -> Proofs:
    """All that is proved of a shipped specification, certificates among it."""
    return prove(loaded(shipped_text(name)), certified=True)


def outcomes(specification: Specification, *, certified: bool = False) -> dict[str, Outcome]:
    """The outcomes of all properties, by id."""
    return by_id(prove(specification, certified=certified))


def by_id(proofs: Proofs) -> dict[str, Outcome]:
    """The outcomes by id."""
    return {outcome.id: outcome for outcome in proofs.outcomes}


def verdicts(specification: Specification) -> dict[str, str]:
    """The verdicts of all properties, by id."""
    return {name: outcome.verdict for name, outcome in outcomes(specification).items()}


def names(outcome: Outcome) -> list[str]:
    """The names of a counterexample's events."""
    assert outcome.counterexample is not None
    return [event.name for event in outcome.counterexample.events]


def states(outcome: Outcome) -> list[str]:
    """The states that a counterexample's events lead to."""
    assert outcome.counterexample is not None
    return [event.state for event in outcome.counterexample.events]
