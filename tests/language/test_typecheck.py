"""The type checker: every fault, told once and at the part that is wrong."""

import pytest

from flux_conform.language import typecheck
from flux_conform.language.expressions import Definition, Expression
from flux_conform.language.naming_scope import Scope
from flux_conform.language.parser import parse_expression, parse_type
from flux_conform.language.type_relations import assignable, show
from toys import unmarked

VARIABLES = {
    name: parse_type(text)
    for name, text in {
        "flag": "boolean",
        "count": "integer",
        "urgency": "optional integer 0..31",
        "names": "set of string",
        "worst": "optional {type: string, severity: integer}",
        "user": "object",
        "ratio": "number",
    }.items()
}
KEYS = {
    name: parse_type(text)
    for name, text in {
        "status": "integer",
        "note": "optional string",
        "load": "number",
        "what": "any",
        "ranks": '"all" | idset',
        "tags": "list of string",
    }.items()
}


def defined(name: str, body: str, *parameters: str) -> Definition:
    return Definition(name, parameters, Expression(body, parse_expression(body).tree))


DEFINITIONS = {
    of.name: of
    for of in (
        defined("fatal", ".status == 0"),
        defined("double", "x * 2", "x"),
        defined("late", "entered(RUN)"),
    )
}
SCOPE = Scope(VARIABLES, DEFINITIONS, ("NEW", "RUN"), ("submit", "start", "flux-restart"), KEYS)


def check(text: str, scope: Scope = SCOPE) -> tuple[str, list[tuple[int, str]]]:
    """The type in words, and each fault with its offset."""
    parsed = parse_expression(text)
    kind, faults = typecheck.check(parsed.tree, scope)
    return show(kind), [(parsed.offsets[id(f.node)], f.message) for f in faults]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("count + 1", "integer"),
        ("count * 256", "integer"),
        ("3 * count", "integer"),
        ("count % 128", "integer 0..127"),
        ("ratio + count", "number"),
        ("urgency + 1", "optional integer 1..32"),
        ("urgency", "optional integer 0..31"),
        ("count < urgency", "boolean"),
        ("urgency == none", "boolean"),
        ('state == "RUN"', "boolean"),
        ('event in ["submit", "start"]', "boolean"),
        ('.ranks == "all"', "boolean"),
        ('.ranks == "0-3"', "boolean"),
        ('names + (if has(.note) then "a" else "b")', "set of string"),
        ('names + "x"', "set of string"),
        ("size(names)", "integer 0.."),
        ("empty(.tags)", "boolean"),
        ("merge(user, user)", "object"),
        ("worst.type", "optional string"),
        ("has(.status) and has(worst) and has(.what)", "boolean"),
        ("seen(flux-restart)", "boolean"),
        ("if flag then 1 else none", "optional integer 1..1"),
        ("if flag then 1 else 2", "integer 1..2"),
        ('if flag then "a" else "b"', '"a" | "b"'),
        ("fatal and double(count) > 3", "boolean"),
        (".what == 3", "boolean"),
        ("first", "boolean"),
        ("{a: count}.a", "integer"),
    ],
)
def test_a_sound_expression_has_a_type(text: str, kind: str) -> None:
    """And no fault."""
    assert check(text) == (kind, [])


FAULTS = [
    ("§cuont > 1", 'unknown variable "cuont"'),
    ("count > §unknown and flag", 'unknown variable "unknown"'),
    ("§.statsu == 0", 'unknown key "statsu" of the event\'s context'),
    ("§worst.typ", 'unknown field "typ"'),
    ("§foo(count)", 'unknown function "foo"'),
    ("§seen(sumbit)", 'unknown event "sumbit"'),
    ("§seen(RUN)", 'unknown event "RUN"'),
    ("§entered(RNU)", 'unknown state "RNU"'),
    ('state == §"RNU"', 'unknown state "RNU"'),
    ('§"RNU" != state', 'unknown state "RNU"'),
    ('state in ["NEW", §"OLD"]', 'unknown state "OLD"'),
    ('event == §"strat"', 'unknown event "strat"'),
    ("§seen(submit, start)", "seen(…) takes the name of an event"),
    ("§entered(1, 2)", "entered(…) takes the name of a state"),
    ("§double(1, 2)", '"double" takes 1 argument(s), not 2'),
    ("§double", '"double" takes 1 arguments in parentheses'),
    ("§size()", '"size" takes 1 argument(s), not 0'),
    ("§merge(user)", '"merge" takes 2 argument(s), not 1'),
    ("flag and §count", 'what stands right of "and" is boolean, but this is integer'),
    ("§count or flag", 'what stands left of "or" is boolean'),
    ('flag implies §"x"', 'what stands right of "implies" is boolean'),
    ("not §count", 'what follows "not" is boolean'),
    ("if §count then 1 else 2", 'what follows "if" is boolean'),
    ('§if flag then 1 else "a"', "both branches of an if have one type"),
    ('§[1, "a"] == [1]', "all members of a list have one type"),
    ('§count == "a"', "integer can never equal string"),
    ("§count == none", "integer can never equal none"),
    ("§flag == 1", "boolean can never equal integer 1..1"),
    ('§"a" == "b"', "string can never equal string"),
    ('§count in ["a"]', "integer can never be in list of "),
    ("count in §3", 'what follows "in" is a list, set or bag'),
    ('§"a" < 3', '"<" orders numbers, not string'),
    ("count < §flag", '"<" orders numbers, not boolean'),
    ('count + §"a"', '"+" computes with numbers, not string'),
    ("count - §flag", '"-" computes with numbers, not boolean'),
    ("names + §3", "set of string cannot take integer"),
    ("names + §.note", "set of string cannot take optional string"),
    ("§.load & 3", '"&" computes with integers, not number'),
    ("§.load % 2", '"%" computes with integers, not number'),
    ("§ratio / 2", '"/" computes with integers, not number'),
    ("count % §count", 'what stands right of "%" is a positive integer'),
    ("count / §0", 'what stands right of "/" is a positive integer'),
    ("count & §-1", 'what stands right of "&" is a positive integer'),
    ("count * §count", 'what stands right of "*" is a positive integer'),
    ("§has(count)", "has(…) is always true of integer"),
    ("§size(count)", "size(…) takes a set, bag, list or object, not integer"),
    ("§empty(flag)", "empty(…) takes a set, bag, list or object, not boolean"),
    ("merge(user, §count)", "merge(…) takes objects, not integer"),
    ("§count.x", "integer has no fields"),
    ("§. == user", '"." is the context, and none is defined here'),
    ("has(§first(submit))", "first(…) is known in the report alone"),
    ("§entered(RUN) == none", "entered(…) is known in the report alone"),
    ("has(§late)", 'in the definition of "late": entered(…) is known in the report alone'),
]


@pytest.mark.parametrize(("marked", "message"), FAULTS)
def test_a_fault_is_told_once_at_its_part(marked: str, message: str) -> None:
    """One mistake gives one fault, at the first wrong part."""
    text, place = unmarked(marked)
    _, faults = check(text)
    assert len(faults) == 1, faults
    offset, told = faults[0]
    assert message in told
    assert offset == place.offset


def test_several_faults_are_told_together() -> None:
    """Checking goes on beside a faulty part."""
    _, faults = check('cuont > 1 and state == "RNU" and double(1, 2) == flag')
    assert [message for _, message in faults] == [
        'unknown variable "cuont"',
        'unknown state "RNU"',
        '"double" takes 1 argument(s), not 2',
    ]


def test_a_condition_that_may_be_none_is_no_condition() -> None:
    """The way out is told: ask has(…) first."""
    scope = SCOPE._replace(variables={**VARIABLES, "maybe": parse_type("optional boolean")})
    _, faults = check("maybe and flag", scope)
    assert [(offset, "ask has(…) first" in message) for offset, message in faults] == [(0, True)]


def test_where_no_event_is_at_hand_no_key_can_be_read() -> None:
    """As in what always holds."""
    _, faults = check(".status == 0", SCOPE._replace(keys=None))
    assert faults == [(0, "no event is at hand here whose key .status could be")]


def test_a_context_that_is_one_object_is_a_dot() -> None:
    """`.` has the type of the event's context."""
    assert check("merge(user, .)", SCOPE._replace(whole=parse_type("object"))) == ("object", [])


def test_the_report_knows_times_and_what_was_reported_before_but_no_event() -> None:
    """first(…) and entered(…) are times; `event` and `first` mean nothing there."""
    scope = SCOPE._replace(
        keys=None, at_report=True, event_names=False, report={"t": parse_type("optional number")}
    )
    assert check("first(submit)", scope) == ("optional number", [])
    assert check("has(late)", scope) == ("boolean", [])
    assert check("t", scope) == ("optional number", [])
    assert [m for _, m in check('event == "x"', scope)[1]] == ['unknown variable "event"']
    (fault,) = typecheck.check(parse_expression("first").tree, scope)[1]
    assert fault.name not in fault.among


def test_a_definition_is_checked_by_itself_with_whatever_keys_and_arguments() -> None:
    """What is wrong wherever it is used is told; what its uses decide is not."""

    def faults(body: str) -> list[str]:
        return [f.message for f in typecheck.check_definition(defined("f", body, "x"), SCOPE)]

    assert faults("x + .anything > 3 and size(x) < 2 and .whatever.field == 1") == []
    assert faults("(x / 256) & 7 == 0 and has(first(submit))") == []
    assert faults("x + cuont") == ['unknown variable "cuont"']
    assert faults("not 3") == ['what follows "not" is boolean, but this is integer 3..3']


@pytest.mark.parametrize(
    ("value", "variable", "fits"),
    [
        ("integer 0..31", "integer", True),
        ("integer", "integer 0..31", False),
        ("integer 1..3", "integer 0..31", True),
        ("integer 1..32", "integer 0..31", False),
        ("integer", "number", True),
        ("number", "integer", False),
        ("string", "optional string", True),
        ("optional string", "string", False),
        ("optional integer 0..1", "optional integer", True),
        ('"a"', "string", True),
        ("string", '"a"', False),
        ("idset", "string", True),
        ('"all" | idset', "string", True),
        ("string", '"all" | string', True),
        ("integer | string", "string", False),
        ("{a: string}", "object", True),
        ("{a: string}", "{a: string}", True),
        ("{a: string}", "{b: string}", False),
        ("{a: integer}", "{a: string}", False),
        ("map of path to any", "object", True),
        ("nonempty list of string", "list of string", True),
        ("list of integer", "list of number", True),
        ("list of string", "set of string", False),
        ("boolean", "integer", False),
        ("string", "any", True),
    ],
)
def test_which_type_can_hold_which(value: str, variable: str, fits: bool) -> None:
    """A variable holds every value of a narrower type."""
    assert assignable(parse_type(value), parse_type(variable)) is fits
