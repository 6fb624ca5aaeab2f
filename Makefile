# The commands of this project. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench lab clean lock pictures captures readme
BIN := .venv/bin
# Hundreds of processes start in the tests: each would compile our modules anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.installed: requirements.txt pyproject.toml .make/venv
	@.make/venv

demo: .venv/.installed ## record a real session of the lab over HTTP/2 and HTTP/3, and report on it
	@$(BIN)/streamscope demo

test: .venv/.installed ## everything the tests need, then the tests
	@.make/browser
	@.make/postgres
	@.make/tshark
	@$(BIN)/python -m pytest -n 2 --dist loadgroup tests

lint: .venv/.installed ## ruff and strict typing
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: .venv/.installed ## the measured figures, as ratios to named peers (some minutes)
	@$(BIN)/python tests/bench/run.py

lab: .venv/.installed ## start the lab's chat service and print its address
	@$(BIN)/streamscope lab

pictures: .venv/.installed ## make the README's pictures anew
	@$(BIN)/python .make/pictures.py

captures: .venv/.installed ## make the captures that ship anew (needs Chromium and tshark)
	@.make/browser
	@.make/tshark
	@$(BIN)/python .make/captures.py

readme: .venv/.installed ## write the README's generated parts anew
	@$(BIN)/python .make/readme.py

lock: .venv/.installed ## resolve the requirements anew (needs uv)
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.12 --upgrade \
		--generate-hashes --no-annotate --custom-compile-command "make lock" -q -o requirements.txt

clean: ## remove everything that was made here
	@rm -rf .venv .tools build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
