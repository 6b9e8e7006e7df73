# make demo    see the program at work
# make test    every check: lint, types, tests (but for those of `make test-slow`)
#
# Both need Python 3.11 or newer with its venv module, and make; the rest goes into .venv.
# Another Python: make clean, then make test PYTHON=python3.12

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check -qq

# The versions that are installed, for each Python: `make lock` renews the file, and it alone.
LOCK   := requirements.lock
UV     := build/uv/bin/uv

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-latest coverage check generate rfc docs bench lock clean
.DELETE_ON_ERROR:

help:
	@echo 'make demo      see the program at work'
	@echo 'make test      lint, types, and the tests'
	@echo 'make test-slow the few tests that take as long as all others'
	@echo 'make test-latest  make test, on the newest versions of everything'
	@echo 'make check     lint and types only'
	@echo 'make coverage  the tests, with the lines that they reach'
	@echo 'make generate  remake all that is made from the specifications'
	@echo 'make rfc       pages of the texts in rfc/, and a PDF where latexmk is there'
	@echo 'make docs      the documentation as a site'
	@echo 'make bench     measure the speed of the checker, and how the verbs grow'
	@echo 'make lock      lock the newest versions, for all to install'
	@echo 'make clean     remove what the other targets made, .venv included'

demo: $(VENV)/ready
	@PATH="$$PWD/$(BIN):$$PATH" examples/demo.sh

test: check
	$(BIN)/python -m pytest -n 2 -m 'not slow'

test-slow: $(VENV)/ready-test
	$(BIN)/python -m pytest -n 2 -m slow

# In an environment of its own, made anew each time, and without the lock.
test-latest:
	$(MAKE) --no-print-directory fresh VENV=build/latest
	$(MAKE) --no-print-directory test VENV=build/latest LOCK=/dev/null

.PHONY: fresh
fresh:
	rm -rf $(VENV)

# Counting lines makes the tests take twice as long.
coverage: $(VENV)/ready-test
	$(BIN)/python -m pytest -n 2 -m 'not slow' --cov --cov-report=term

check: $(VENV)/ready-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

generate: $(VENV)/ready
	$(BIN)/flux-conform generate

rfc: $(VENV)/ready-test
	$(BIN)/python -m sphinx -W -n --keep-going -q -b html rfc build/rfc/html
	@echo 'build/rfc/html/index.html'
	@command -v latexmk >/dev/null && command -v pdflatex >/dev/null || { \
	    echo 'no PDF: that needs latexmk and pdflatex'; exit 0; }; \
	$(BIN)/python -m sphinx -W -n --keep-going -q -b latex rfc build/rfc/latex && \
	(cd build/rfc/latex && latexmk -pdf -interaction=nonstopmode -halt-on-error job-states.tex \
	    >latexmk.out 2>&1 || { tail -20 latexmk.out >&2; exit 1; }) && \
	cp build/rfc/latex/job-states.pdf build/rfc/ && echo 'build/rfc/job-states.pdf'

docs: $(VENV)/ready-test
	$(BIN)/python -m sphinx -W -n --keep-going -q -b html docs build/docs/html
	@echo 'build/docs/html/index.html'

bench: $(VENV)/ready
	$(BIN)/python bench/run.py
	$(BIN)/python bench/commands.py
	$(BIN)/python bench/model_check.py
	$(BIN)/python bench/growth.py

# One file for all Pythons: where versions differ between them, a line says for which it is.
lock: $(UV)
	$(UV) pip compile --quiet --universal --python-version 3.11 --extra test --upgrade \
	    --no-emit-index-url --custom-compile-command 'make lock' \
	    --output-file $(LOCK) pyproject.toml

$(UV):
	'$(PYTHON)' -m venv build/uv
	build/uv/bin/python -m pip --disable-pip-version-check -qq install uv

clean:
	rm -rf $(VENV) build dist htmlcov demo-output .coverage .coverage.*
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests bench examples docs -type d -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# The project is installed in place, so that only a change of pyproject.toml or of the lock asks for
# a new install. What builds it is locked too, so it is installed first and not by the build.
INSTALL = $(PIP) install -c $(LOCK) hatchling editables && \
          $(PIP) install -c $(LOCK) --no-build-isolation -e

$(VENV)/ready: $(VENV)/made pyproject.toml $(LOCK)
	@echo 'installing flux-conform into $(VENV)'
	@$(INSTALL) .
	@touch $@

$(VENV)/ready-test: $(VENV)/made pyproject.toml $(LOCK)
	@echo 'installing flux-conform and what its tests need into $(VENV)'
	@$(INSTALL) '.[test]'
	@touch $(VENV)/ready $@

$(VENV)/made:
	@command -v '$(PYTHON)' >/dev/null || { \
	    echo "flux-conform needs Python 3.11 or newer, and there is no '$(PYTHON)' here." \
	         "Name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "flux-conform needs Python 3.11 or newer; '$(PYTHON)' is" \
	         "$$('$(PYTHON)' --version 2>&1). Name another: make PYTHON=python3.11" >&2; exit 1; }
	@'$(PYTHON)' -c 'import venv, ensurepip' 2>/dev/null || { \
	    echo "'$(PYTHON)' lacks the modules venv and ensurepip. On Debian and Ubuntu they are" \
	         "in the package python3-venv." >&2; exit 1; }
	@rm -rf $(VENV)
	@'$(PYTHON)' -m venv $(VENV)
	@touch $@
