# Every target sets up what it needs: a virtual environment in .venv, made once and again when pyproject.toml changes.
# Plain sh and make 3.81 (macOS) are enough. The first Python here that is 3.11 or newer is taken;
# make PYTHON=/path/to/python names another.

PYTHON = python3 python3.14 python3.13 python3.12 python3.11
RUN = .venv/bin/python -m
READY = .venv/ready

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

demo: $(READY)  ## train a network on handwritten digits; the pictures and numbers go to out/
	.venv/bin/python examples/digits.py --out out

test: lint types $(READY)  ## lint, types, every test and docstring example, and the coverage of branches
	$(RUN) pytest -n auto --dist worksteal --doctest-modules --cov --cov-report=term autograd nn optim training tests

notebooks: $(READY)  ## run all notebooks, and store what they show; the contents are in notebooks/README.md
	.venv/bin/python notebooks/run.py

check-notebooks: $(READY)  ## run all notebooks without storing anything: a minute or two
	$(RUN) pytest -n auto -m notebook tests/notebooks

lab: $(READY)  ## open JupyterLab with the notebooks
	@$(RUN) jupyterlab --version >/dev/null 2>&1 || $(RUN) pip install --quiet --disable-pip-version-check --editable '.[lab]'
	$(RUN) jupyterlab --notebook-dir notebooks

docs: $(READY)  ## the site: pages, lectures, the reference of every name; warnings and broken links are errors
	@$(RUN) sphinx --version >/dev/null 2>&1 || $(RUN) pip install --quiet --disable-pip-version-check --editable '.[docs]'
	rm -rf out/site
	$(RUN) sphinx --fail-on-warning --keep-going --quiet -c docs . out/site
	.venv/bin/python docs/check_site.py out/site
	@echo "open out/site/index.html"

soak: $(READY)  ## the tests that take minutes: long trainings, deep graphs, 10,000 damaged files, 2 GB arrays, random programs
	$(RUN) pytest -m soak tests

mutants: $(READY)  ## make every derivative and every step wrong, place by place, and see that a test notices: long
	$(RUN) tests.mutation

versions: $(READY)  ## the tests under every Python 3.11 or newer here, oldest and newest libraries: minutes for each
	$(RUN) tests.versions

bench: $(READY)  ## the speed beside PyTorch, JAX, MyGrad, … (those that are installed) and NumPy by hand
	$(RUN) benchmarks

bench-check: $(READY)  ## how often the gradient check is wrong, over clean calls and planted errors
	$(RUN) benchmarks.check

api: $(READY)  ## list every public name and signature in tests/api/public.txt, after one has changed
	$(RUN) tests.api.public

lint: $(READY)  ## ruff: rules and format
	$(RUN) ruff check .
	$(RUN) ruff format --check .

types: $(READY)  ## mypy
	$(RUN) mypy

format: $(READY)  ## put the code into the format that lint expects
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

setup: $(READY)  ## .venv with the packages, their extras and the tools

clean:  ## remove .venv and all that the other targets made
	rm -rf .venv .venv-versions out build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml
	@if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then \
	    for python in $(PYTHON) ''; do \
	        test -z "$$python" || "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	    done; \
	    test -n "$$python" || { echo 'no Python 3.11 or newer found; name one: make PYTHON=/path/to/python' >&2; exit 1; }; \
	    "$$python" -c 'import ensurepip, venv' 2>/dev/null || \
	        { echo "$$python has no venv: install python3-venv" >&2; exit 1; }; \
	    echo "setting up .venv with $$("$$python" --version) (once; a minute or two)"; \
	    "$$python" -m venv --clear .venv || exit 1; \
	fi
	@$(RUN) pip install --quiet --disable-pip-version-check --editable '.[all,dev]'
	@touch $@

.PHONY: help demo test notebooks check-notebooks lab docs soak mutants versions bench bench-check api lint types format setup clean
