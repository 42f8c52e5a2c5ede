# Two commands matter: `make demo` and `make test`. Each makes what it needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
ARGS ?=

.PHONY: demo up test check format bench chaos rules generate environment screenshots clean

environment:
	@$(PYTHON) ops/bootstrap.py

demo: environment
	@$(BIN)/python -m streams.cli demo $(ARGS)

up: environment
	@$(BIN)/python -m streams.cli up $(ARGS)

test: environment
	@$(PYTHON) ops/bootstrap.py --browser
	@$(BIN)/python -m streams.console_build
	@$(BIN)/python -m pytest -q $(ARGS)

check: environment
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy schemas processors streams
	@$(BIN)/lint-imports
	@$(BIN)/python -m ops generate --check

format: environment
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: environment
	@$(BIN)/python -m ops bench $(ARGS)

chaos: environment
	@$(BIN)/python -m ops chaos $(ARGS)

rules: environment
	@$(BIN)/python -m ops rules $(ARGS)

generate: environment
	@$(BIN)/python -m ops generate $(ARGS)

screenshots: environment
	@$(PYTHON) ops/bootstrap.py --browser
	@SAVE_SCREENSHOTS=1 $(BIN)/python -m pytest -q tests/journeys -k screenshot

clean:
	@rm -rf .venv .data streams/console/dist streams/console/node_modules
