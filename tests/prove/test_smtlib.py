"""Another solver comes to the same answers: every question that `prove --smtlib` writes."""

from pathlib import Path

import cvc5
import pytest
import z3

from flux_conform.cli.main import main
from flux_conform.prove.obligations import obligations
from prove.inductions import KINDS
from prove.machines import outcomes


@pytest.fixture(scope="module", params=[pytest.param("job", marks=pytest.mark.slow), "exec"])
def written(request, tmp_path_factory):
    """The scripts of a shipped machine."""
    directory = tmp_path_factory.mktemp(request.param)
    assert main(["prove", "--machine", request.param, "--smtlib", str(directory)]) == 0
    return directory


def scripts(directory: Path) -> list[Path]:
    found = sorted(directory.glob("*.smt2"))
    assert len(found) > 20
    return found


def answer_of_cvc5(path: Path) -> str:
    """What cvc5 says, in a session of its own."""
    terms = cvc5.TermManager()
    solver = cvc5.Solver(terms)
    parser = cvc5.InputParser(solver)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, str(path))
    symbols = parser.getSymbolManager()
    said = []
    while True:
        command = parser.nextCommand()
        if command.isNull():
            break
        said.append(str(command.invoke(solver, symbols)).strip())
    return "".join(said)


def test_cvc5_finds_every_question_impossible(written):
    """It shares neither code nor makers with Z3."""
    assert {path.name: answer_of_cvc5(path) for path in scripts(written)} == {
        path.name: "unsat" for path in scripts(written)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_cvc5_agrees_on_each_kind_of_induction(kind, tmp_path):
    """The shipped models need only some of them."""
    specification, *_ = KINDS[kind]
    found = list(obligations(outcomes(specification, certified=True)["p"].certificate))
    assert found
    for item in found:
        path = tmp_path / "one.smt2"
        path.write_text(item.script)
        assert answer_of_cvc5(path) == "unsat", item.asks


def test_z3_finds_every_question_impossible_when_it_reads_it_anew(written):
    """Each script stands by itself."""
    for path in scripts(written):
        solver = z3.Solver()
        solver.from_file(str(path))
        assert solver.check() == z3.unsat, path.name


def test_a_question_without_its_lemmas_is_possible_for_cvc5(written, tmp_path):
    """So "unsat" is no answer that it gives to everything."""
    (path,) = written.glob("final-from-everywhere-*-ways.smt2")
    lines = path.read_text().splitlines(keepends=True)
    asserted = [n for n, line in enumerate(lines) if line.startswith("(assert")]
    weak = tmp_path / "weak.smt2"
    kept = "".join(line for n, line in enumerate(lines) if n != asserted[-1])
    weak.write_text(kept.replace(":status unsat", ":status unknown"))
    assert answer_of_cvc5(weak) == "sat"


def test_each_script_says_what_it_asks_and_the_index_lists_them_all(written):
    """In words, for whoever reads a solver's answer."""
    listed = {}
    for line in (written / "index.txt").read_text().splitlines():
        name, asks = line.split("\t")
        listed[name] = asks
    assert sorted(listed) == [path.name for path in scripts(written)]
    for name, asks in listed.items():
        lines = (written / name).read_text().splitlines()
        assert lines[0] == f"; {asks}"
        assert lines[1:3] == ["(set-logic QF_LIA)", "(set-info :status unsat)"]
        assert lines[-1] == "(check-sat)"


def test_nothing_half_written_is_left(written):
    """Each file was written beside its place and moved there when it was whole."""
    assert not [path for path in written.iterdir() if path.suffix not in (".smt2", ".txt")]
