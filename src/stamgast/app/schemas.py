"""Writes JSON Schemas of the files that people edit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from stamgast.collect.mapping import json_schema as mapping_schema
from stamgast.decide.models import BlueprintsFile, StrategiesFile
from stamgast.errors import UserError
from stamgast.language.schema import json_schemas, schema_of

if TYPE_CHECKING:
    from pathlib import Path


def write_schemas(folder: Path) -> list[Path]:
    """``definitions.schema.json`` and its like, one of each kind of file; returns the files.

    Raises UserError ``schema.cannot_write``.
    """
    schemas = {
        **json_schemas(),
        "strategies": schema_of(StrategiesFile, "strategies"),
        "blueprints": schema_of(BlueprintsFile, "blueprints"),
        "mapping": mapping_schema(),
    }
    files = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in sorted(schemas.items()):
            path = folder / f"{name}.schema.json"
            path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
            files.append(path)
    except OSError as error:
        raise UserError(
            "schema.cannot_write",
            f"cannot write the schemas: {error.strerror or error}",
            where=str(folder),
            hint="name another folder with --to",
        ) from error
    return files
