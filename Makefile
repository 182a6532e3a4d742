# Every target sets up what it needs; `make help` lists them.
PY := .venv/bin/python
# Two processes: a small Spark test waits more than it computes. A file's tests share their fixtures in one.
PYTEST := $(PY) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help install demo check test test-all bench lock report-image clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

install: ## make .venv with locked packages, find or install Java
	@scripts/install.sh

demo: install ## curate the files of examples/ into out/demo and name the report
	@.venv/bin/tamis run conf/corpus/demo.yaml

check: install ## format, lint, types, tests without a JVM
	$(PY) -m ruff format --check lib tests jobs benchmarks scripts examples
	$(PY) -m ruff check lib tests jobs benchmarks scripts examples
	$(PY) -m mypy
	$(PYTEST) -m "not spark and not cluster and not browser and not long and not corpus" tests lib/tamis

test: install ## all tests but the long ones; under 25 minutes on two cores
	$(PYTEST) -m "not long and not browser" tests lib/tamis

test-all: install ## the long tests too: every kill, large rows, a browser
	$(PYTEST) tests lib/tamis

bench: install ## figures beside the peers', a JSON line each
	.venv/bin/uv pip install --quiet --python $(PY) -e '.[bench]'
	$(PY) benchmarks/run.py

report-image: demo ## make docs/images/report.png from the demo's report, with Debian's chromium
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1200,1500 \
	  --screenshot=docs/images/report.png out/demo/report/index.html

lock: ## resolve pyproject.toml into requirements.lock
	.venv/bin/uv pip compile --quiet --no-emit-index-url --no-header --extra dev --universal --generate-hashes -o requirements.lock pyproject.toml

clean: ## remove what runs and tests left
	rm -rf out .pytest_cache .mypy_cache .ruff_cache .hypothesis
