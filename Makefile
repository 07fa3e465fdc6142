# heartline. `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/
DEMO_ARGS ?=

# Where a machine forbids it, each process of the tests would compile all of heartline again.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup deep demo test truth torture soak fuzz bench eval coverage check lint types contracts docs fix catalogs assets pins wheel clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

.make/run: $(VENV)/bin/python requirements/run.txt pyproject.toml frontend/package-lock.json tools/vendor_assets.py
	$(RUN)python -m pip install -q --no-compile --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(RUN)python -m pip install -q --no-compile --disable-pip-version-check --no-deps --no-build-isolation -e .
	@mkdir -p .make && touch $@

.make/dev: .make/run requirements/dev.txt
	$(RUN)python -m pip install -q --no-compile --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

setup: .make/dev ## Make the environment for work on heartline

deep: .make/dev requirements/deep.txt ## Add what reads deep: a finer encoder for what people act on
	$(RUN)python -m pip install -q --no-compile --disable-pip-version-check --require-hashes -r requirements/deep.txt

demo: .make/run ## Make a sample company, serve it, print one address
	$(RUN)heartline demo $(DEMO_ARGS)

test: .make/dev ## Run all tests (browser tests where a Chromium is found)
	@$(RUN)python -m compileall -q -j 2 src/heartline
	$(RUN)python -m pytest -n 3 --dist worksteal

truth: .make/dev ## Hold the analyses to what the simulator planted, over 20 seeds
	$(RUN)python -m pytest -q -n 2 --dist worksteal -m truth --override-ini "addopts=--strict-markers -ra"

torture: .make/dev ## Kill, starve, flood and rebuild installations for up to an hour
	$(RUN)python -m pytest -q -n 2 --dist worksteal -m torture --override-ini "addopts=--strict-markers -ra"

fuzz: .make/dev ## Throw odd bytes at the door and odd calls at the API, for about ten minutes
	FUZZ=25 $(RUN)python -m pytest -q -n 2 --dist worksteal tests/collect/test_fuzz.py tests/web/test_api_fuzz.py

soak: .make/dev ## Run a server for half an hour under load, and see whether its memory stays flat
	$(RUN)python bench/soak.py

bench: .make/dev ## Measure the bars of the design beside their rivals; keeps a history in bench/
	$(RUN)python bench/run.py

eval: .make/dev ## Judge the reader by real texts with labels, beside its rivals
	$(RUN)python bench/eval.py
	$(RUN)python bench/eval_deep.py

coverage: .make/dev ## Count how often every interval holds the truth, 4,000 replicates a cell
	OPENBLAS_NUM_THREADS=1 $(RUN)python bench/coverage.py

check: lint types contracts docs ## Everything CI checks besides the tests

lint: .make/dev
	$(RUN)ruff check . && $(RUN)ruff format --check .

types: .make/dev
	$(RUN)mypy

contracts: .make/dev
	$(RUN)lint-imports

docs: .make/dev ## Check that the documentation agrees with the code
	$(RUN)python -m pytest -q tests/house

fix: .make/dev ## Format, and mend what can be mended by itself
	$(RUN)ruff check --fix . ; $(RUN)ruff format .

catalogs: .make/run ## Bring the catalogs of languages up to what the code says
	$(RUN)python tools/catalogs.py

assets: .make/run ## Bring the locked fonts and scripts again
	$(RUN)python tools/vendor_assets.py

wheel: .make/dev ## Build the wheel and prove it in a clean environment
	$(RUN)python tools/check_wheel.py

pins: .make/dev ## Resolve the requirements again
	$(RUN)python -m uv pip compile -q pyproject.toml --group setup --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make pins" -o requirements/run.txt
	$(RUN)python -m uv pip compile -q pyproject.toml --group setup --group test --group check --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make pins" -c requirements/run.txt -o requirements/dev.txt
	$(RUN)python -m uv pip compile -q pyproject.toml --extra deep --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make pins" -c requirements/dev.txt -o requirements/deep.txt

clean: ## Remove what was made here
	rm -rf $(VENV) .make dist demo-data
