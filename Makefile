# The two commands of the README. All they do is prepare the tools and call them.

PORT ?= 5000
UV = .cache/tools/bin/uv
SERVE = .cache/serve/bin

.PHONY: serve test

serve: $(SERVE)/gym-http-server
	@exec $(SERVE)/gym-http-server --port $(PORT)

test:
	@.ci/tools
	@.cache/tools/bin/tox run-parallel --parallel 2 --parallel-no-spinner

$(SERVE)/gym-http-server: server/pyproject.toml .ci/tools
	@.ci/tools
	@echo "Installing the server into .cache/serve"
	@$(UV) venv --quiet --allow-existing .cache/serve
	@$(UV) pip install --quiet --python $(SERVE)/python --editable 'server[all]'
	@touch $@
