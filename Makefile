# Needs nothing but make and a Python from 3.11 on with venv. Another one: make PYTHON=python3.12 test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check

.PHONY: help demo test check docs questions pictures bench sweep relations pools tables clean FORCE

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 10

demo: $(VENV)/installed ## a small bank in PostgreSQL, and what is in it
	$(BIN)/dhub seed all --scale 0.1 --if-needed
	$(BIN)/dhub seed status
	@echo
	@echo 'Where it is:'
	@$(BIN)/dhub server status
	@echo 'What next (or read README.md):'
	@echo '  $(BIN)/dhub db query "SELECT status, count(*) FROM accounts GROUP BY status" -d accounts_db'
	@echo '  $(BIN)/dhub verify --report bank.html        # is it whole? and pictures of it'
	@echo '  $(BIN)/dhub seed all --scale 1 --replace     # ten times as large'
	@echo '  $(BIN)/dhub server start                     # for psql and other clients, until: dhub server stop'
	@echo 'Take it away again:'
	@echo '  $(BIN)/dhub seed clear --confirm'

# What each worker and each command of the tests loads is compiled once, also where a shell says
# that nothing compiled is to be kept (images do): it was 4 s a worker, and 0.2 s a command.
test: $(VENV)/installed-test ## the whole test suite
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest --numprocesses=auto --dist=worksteal $(ARGS)

check: $(VENV)/installed-test ## lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

questions: $(VENV)/installed ## write the answers of the questions anew, after the bank's bytes have changed
	@$(BIN)/python -m manual.questions

pictures: $(VENV)/installed-docs ## take the pictures of the first page anew; wants Chromium
	@$(BIN)/python -m manual.pictures

docs: $(VENV)/installed-docs ## the manual, in site/; a warning or a link that leads nowhere is an error
	@$(BIN)/python -m manual
	@$(BIN)/zensical build --strict
	@echo "Open site/index.html; its search needs a server: python3 -m http.server --directory site"

bench: $(VENV)/installed-test ## rows a second, memory, and the ratios to pg_restore and to a plain script
	$(BIN)/python -m benchmarks.bench $(ARGS)

sweep: $(VENV)/installed-test ## let verify judge hundreds of sound banks: none may fail
	$(BIN)/python -m benchmarks.sweep $(ARGS)

relations: $(VENV)/installed-test ## ask banks what stands side by side in them, and whether a real one would say so
	$(BIN)/python -m benchmarks.relations $(ARGS)

pools: $(VENV)/installed-test ## write the name pools anew; this changes the bank's bytes
	$(BIN)/python -m dhub.draw.make_pools

tables: $(VENV)/installed-test ## write the tables of the distributions anew
	$(BIN)/python -m dhub.draw.make_tables

clean: ## remove the venv and the caches; the bank stays
	rm -rf $(VENV) build dist site docs/reference mkdocs.yml .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# The install is editable: only a change of pyproject.toml asks for a new venv. The file that marks
# a venv as whole is written last, so one that broke off (Debian without python3-venv) is no venv.
$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "dhub needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 ...")'
	@echo "Making $(VENV) and installing dhub (a minute or so) ..."
	@$(PYTHON) -m venv --clear $(VENV) || { echo "There is no venv for $(PYTHON). On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(PIP) install --editable .
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	@echo "Installing what tests and checks need ..."
	@$(PIP) install --editable '.[test,datahub,iceberg,delta]'
	@$(BIN)/python -m compileall -q dhub  # or each of some thousand commands would, where Python may not write
	@touch $@

$(VENV)/installed-docs: $(VENV)/installed
	@echo "Installing what the manual is made with ..."
	@$(PIP) install --editable '.[docs]'
	@touch $@

# A Python that was asked for, and that the venv was not made with.
ifneq ($(origin PYTHON),file)
ifeq ($(wildcard $(VENV)/lib/python$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')),)
$(VENV)/installed: FORCE
endif
endif
FORCE:
