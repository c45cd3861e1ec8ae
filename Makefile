.PHONY: setup test lint demo bench lock clean
PY ?= python3
BIN := .venv/bin
