# `make run` and `make test` are all a newcomer needs; `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/sh
# Where the libraries go; another one for another Python: make test-fast VENV=.venv-3.13 PYTHON=python3.13
VENV ?= .venv
export VENV
# The programs under test start hundreds of times; without it each start compiles ours anew.
unexport PYTHONDONTWRITEBYTECODE
BIN := $(VENV)/bin
TIMES ?= 20
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
UNIT_WORKERS ?= $(CORES)
INTEGRATION_WORKERS ?= $(shell echo $$(($(CORES) * 2)))
# One benchmark, as in: make bench NAME=pipeline
NAME ?=
# The Python for .venv, when it is not the first suitable one found.
PYTHON ?=
export PYTHON
UV ?= $(BIN)/uv
COMPILE = $(UV) pip compile --system-certs --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links

.PHONY: help run test test-fast units integration soak repeat bench check lint types architecture coverage format build lock clean venv venv-dev services

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: venv ## Start Darkroom on http://127.0.0.1:3000 (API and worker, SQLite, files under ./data)
	@exec $(BIN)/darkroom up

ifdef ARGS
test: venv-dev services ## Run every test, against throwaway servers; or some, as in ARGS="-k upload -x"
	@exec $(BIN)/python -m pytest $(ARGS)
else
test:
	@sh scripts/check.sh units integration
endif

units: venv-dev ## Run the tests that need nothing running
	@exec $(BIN)/python -m pytest -n $(UNIT_WORKERS) --dist worksteal tests/unit

# These wait more than they compute. Each worker has servers of its own, so that none disturbs another.
integration: venv-dev services ## Run the tests with real servers and programs
	@exec $(BIN)/python -m pytest -n $(INTEGRATION_WORKERS) --dist worksteal tests/integration

repeat: venv-dev ## Repeat tests on a busy machine, with a tally: TESTS="tests/unit/adapters/test_sandbox.py" TIMES=20
	@exec $(BIN)/python scripts/repeat.py --times $(TIMES) --busy $(CORES) $(TESTS)

soak: venv-dev services ## Run what takes long: ten thousand files, long fuzzing, faults again and again
	@exec $(BIN)/python -m pytest -n $(CORES) --dist worksteal --soak -m soak -o faulthandler_timeout=3600 tests $(ARGS)

test-fast: venv-dev ## Run the tests that need nothing running, without the slow ones
	@exec $(BIN)/python -m pytest -n auto --dist worksteal -m "not slow" --hypothesis-profile=fast -p no:schemathesis tests/unit $(ARGS)

bench: venv-dev ## Measure what is promised about speed (all of it, or some: NAME=pipeline)
	@exec $(BIN)/python -m bench $(NAME) $(ARGS)

check: ## Everything that must hold before a change goes in; says how long each part took
	@sh scripts/check.sh venv-dev services lint types architecture units integration

lint: venv-dev ## Style and layout of the code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: venv-dev ## Static types
	@$(BIN)/mypy

architecture: venv-dev ## Who may import whom
	@PYTHONPATH=src $(BIN)/lint-imports --no-cache

coverage: venv-dev services ## Run every test and show which lines none of them reached
	@exec $(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered --cov-report=html $(ARGS)

format: venv-dev ## Lay out the code and repair what can be repaired
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

build: venv ## Build the wheel into dist/
	@$(BIN)/python -m pip wheel -q --no-index --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

lock: venv ## Renew the lock files from pyproject.toml (UPGRADE=1 takes newer versions)
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --all-extras -c requirements-dev.lock -o requirements-image.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) --group build -c requirements-dev.lock -o requirements-build.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) --group installer -o requirements-installer.lock

clean: ## Remove what the other targets made (your data stays)
	rm -rf .venv .venv-* .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis .coverage .coverage.* \
		htmlcov build dist
	find src tests bench migrations -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

venv:
	@sh scripts/venv.sh run

venv-dev:
	@sh scripts/venv.sh dev

services: venv-dev
	@$(BIN)/python -m tests.servers.install
