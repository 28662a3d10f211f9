# The commands of the README. All they do is prepare the tools and call them.

PORT ?= 5000
UV = .cache/tools/bin/uv
TOX = .cache/tools/bin/tox run-parallel --parallel 2 --parallel-no-spinner
SERVE = .cache/serve/bin

.PHONY: serve check test

serve: $(SERVE)/gym-http-server
	@exec $(SERVE)/gym-http-server --port $(PORT)

# Folders of clients are named as their environments in tox.ini are.
check:
	@.ci/tools
	@$(TOX) -e "lint,types,spec,quick$$(.ci/changed lua-client java-client | sed 's/^/,/' | tr -d '\n')"

test:
	@.ci/tools
	@$(TOX)

$(SERVE)/gym-http-server: server/pyproject.toml .ci/tools
	@.ci/tools
	@echo "Installing the server into .cache/serve"
	@$(UV) venv --quiet --allow-existing .cache/serve
	@$(UV) pip install --quiet --python $(SERVE)/python --editable 'server[all]'
	@touch $@
