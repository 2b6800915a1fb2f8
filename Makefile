# The few commands of the project. `make install` needs Python 3.11 with pip, and nothing else.
PYTHON ?= python3.11
PYTHON := $(shell command -v $(PYTHON) 2>/dev/null || command -v python3)
BIN := .venv/bin
PG ?= 1
unexport TWINCITY_HOME TWINCITY_DATABASE_URL TWINCITY_CLOCK_OFFSET

.PHONY: install demo test test-reverse check bench lock format new-app clean

.venv/.base: requirements/base.txt requirements/uv.txt pyproject.toml
	@PYTHON="$(PYTHON)" ./requirements/install.sh requirements/base.txt
	@touch $@

.venv/.dev: requirements/dev.txt requirements/uv.txt pyproject.toml
	@PYTHON="$(PYTHON)" ./requirements/install.sh requirements/dev.txt
	@touch .venv/.base $@

install: .venv/.base
	@$(BIN)/python -m twincity.node.translations

demo: install
	@$(BIN)/python -m twincity demo

test: .venv/.dev
	@$(BIN)/python -m twincity.node.translations
	@sh tests/browser-setup.sh
	$(BIN)/python -m pytest
	@if [ "$(PG)" = 1 ]; then $(BIN)/python -m pytest --postgres; fi

test-reverse: .venv/.dev
	$(BIN)/python -m pytest --reverse-order

check: .venv/.dev
	@$(BIN)/python -m twincity.node.translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy twincity
	$(BIN)/djlint --check --lint twincity
	$(BIN)/python -m tests.contracts.checks

bench: .venv/.dev
	@for name in exchange ledger node streaming catalogue quality async negotiation consent; do $(BIN)/python -m bench $$name --quick || exit 1; done

lock:
	@PYTHON="$(PYTHON)" ./requirements/lock.sh

format: .venv/.dev
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
	$(BIN)/djlint --reformat twincity

new-app: install
	@$(BIN)/python -m twincity new-app $(NAME)

clean:
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache
