# Both set-up commands do everything on a fresh machine with Python 3.11 or newer: virtual environment, dependencies, job.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# The tests start some hundred interpreters, each of which would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve test check conform load bench bench-peers soak specimens docs clean

serve: .venv/.base
	$(BIN)/idmock serve $(ARGS)

test: .venv/.dev
	$(BIN)/pytest -n auto $(ARGS)

# format, lint, types, schemas: what CI runs before the tests
check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m mockserver.contract

# every vendor's load smoke test and limits, against a mock of their own; under three minutes
load: .venv/.dev
	$(BIN)/python -m loadtests.fresh smoke limit

# the conformance suite against the mock: every clause of all vendors; the page is build/conformance/report.html
conform: .venv/.dev
	@mkdir -p build/conformance; cd build/conformance; rm -f ready; bin=../../$(BIN); \
	$$bin/idmock serve --port 0 >ready 2>serve.log & mock=$$!; \
	trap 'kill $$mock; wait $$mock' EXIT; \
	until url=$$(sed -n 's/^idmock ready //p' ready) && [ -n "$$url" ]; do \
	  kill -0 $$mock 2>/dev/null || { cat serve.log >&2; trap - EXIT; exit 2; }; sleep 0.1; \
	done; \
	$$bin/idmock conform "$$url" --level may --allow-load -n 2 --report . $(ARGS)

bench: .venv/.dev
	$(BIN)/python -m loadtests.bench $(ARGS)

# the same beside Prism, WireMock, Mockoon, mountebank and moto; needs node, npm and java
bench-peers: .venv/.dev
	$(BIN)/python -m loadtests.bench.with_peers $(ARGS)

# memory over 100,000 requests; some minutes
soak: .venv/.dev
	$(BIN)/python -m loadtests.soak $(ARGS)

# draws the named specimens anew: the same bytes, as long as the libraries are the same
specimens: .venv/.base
	$(BIN)/python tools/make_specimens.py

# the generated tables in docs/, and the schema of idmock.toml
docs: .venv/.dev
	$(BIN)/python tools/make_docs.py

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("idcard-mock needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

.venv/.base: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/.dev: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ .venv/.base
