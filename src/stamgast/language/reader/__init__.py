"""Definition files to a checked, typed AST; every issue of every file at once."""

from stamgast.language.reader.read import read_definitions, read_documents
from stamgast.language.reader.source import Document, LanguageSettings, SourceFile

__all__ = ["Document", "LanguageSettings", "SourceFile", "read_definitions", "read_documents"]
