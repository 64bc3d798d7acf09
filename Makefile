# A fresh machine needs Python 3.11 or newer and make. `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
CONTENT ?= seeds
MOST ?= 1000000
MEASURED ?= benchmarks/measurements.json

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(BIN)/articlegraph: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "articlegraph needs Python 3.11 or newer; set PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -m compileall -q graph  # a start is quicker, even where Python may write nothing then
	@touch $@

.PHONY: install
install: $(BIN)/articlegraph ## Make .venv and install the project with its development tools

.PHONY: run
run: install ## Serve seeds/ on http://127.0.0.1:8000 (CONTENT=, HOST=, PORT=)
	exec $(BIN)/articlegraph serve $(CONTENT) --host $(HOST) --port $(PORT)

.PHONY: test
test: install ## Run the tests (with ARTICLEGRAPH_CORPUS=folder those on the real corpus too)
	$(BIN)/python -m pytest -n auto --cov --cov-report=term $(TESTS)

.PHONY: lint
lint: install ## Check format, style and types, and that the schema breaks no client unannounced
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python tests/schema/breaking.py

.PHONY: format
format: install ## Put the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: schema
schema: install ## Write schema.graphql
	$(BIN)/articlegraph schema > schema.graphql.tmp
	mv schema.graphql.tmp schema.graphql

.PHONY: queries
queries: install ## Write the results that docs/queries.md shows
	$(BIN)/python tests/worked.py

benchmarks/peers/node_modules: benchmarks/peers/package-lock.json
	cd benchmarks/peers && npm ci --silent --no-audit --no-fund
	@touch $@

.PHONY: bench
bench: install benchmarks/peers/node_modules ## Measure everything and write benchmarks/results.md (CONTENT=folder; needs npm and wrk)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python benchmarks/throughput.py $(CONTENT) --json $(MEASURED)
	$(BIN)/python benchmarks/serving.py $(CONTENT) --json $(MEASURED)
	$(BIN)/python benchmarks/listing.py $(CONTENT) --json $(MEASURED)
	$(BIN)/python benchmarks/search.py $(CONTENT) --json $(MEASURED)
	$(BIN)/python benchmarks/measures.py $(CONTENT) --json $(MEASURED)
	$(BIN)/python benchmarks/neighbours.py $(CONTENT) --json $(MEASURED)
	$(BIN)/python benchmarks/recommending.py $(CONTENT) --json $(MEASURED)
	$(BIN)/python benchmarks/likeness.py $(CONTENT) --json $(MEASURED)
	$(BIN)/python benchmarks/growth.py --most $(MOST) $(if $(GROWTH),--folder $(GROWTH)) --json $(MEASURED) --plot docs/images/growth.svg
	$(BIN)/python benchmarks/report.py $(MEASURED) > benchmarks/results.md.tmp
	mv benchmarks/results.md.tmp benchmarks/results.md

.PHONY: audit
audit: install ## Run graphql-http's audit against a server of our own (needs npm)
	$(BIN)/python tests/audit/run.py

.PHONY: differential
differential: install ## Hold the answers to 20,000 generated operations against those of graphql-core
	$(BIN)/python tests/execution/differential.py

.PHONY: client
client: install ## Generate a typed client for docs/queries.md and compile it (needs npm)
	$(BIN)/python tests/client/run.py

.PHONY: clean
clean: ## Delete what the targets above have made
	rm -rf $(VENV) build dist *.egg-info .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache tests/*/node_modules benchmarks/peers/node_modules tests/client/generated
