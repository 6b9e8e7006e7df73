"""A specification of a thousand lines is checked in the time of a few starts of Python."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench" / "model_check.py"


@pytest.mark.slow
def test_a_file_of_a_thousand_lines_is_checked_at_once(tmp_path: Path) -> None:
    """17 bare starts of Python are 0.2 s here; the bound of 0.3 s is 25."""
    spec = spec_from_file_location("model_check", BENCH)
    assert spec is not None
    assert spec.loader is not None
    bench = module_from_spec(spec)
    spec.loader.exec_module(bench)
    text = bench.specification(1000)
    assert 950 < len(text.splitlines()) < 1050
    path = tmp_path / "chain.yaml"
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "flux_conform", "model", "check", str(path)]
    bare = bench.seconds(str(tmp_path), sys.executable, "-c", "pass")
    assert bench.seconds(str(tmp_path), *command) < 25 * bare
