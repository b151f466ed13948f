"""docs/openapi.yaml, and what an answer has that is not as it says. As much of OpenAPI 3.0 as that file uses: a word
that is not known here is an error, and so is a key in a document that the file does not name."""
import datetime
import re

import yaml

import running

FILE = running.REPOSITORY / "docs" / "openapi.yaml"
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}
KNOWN = {"type", "properties", "required", "items", "enum", "nullable", "minimum", "format", "description"}


class OpenApi:
    def __init__(self, text=None):
        self._document = yaml.safe_load(text or FILE.read_text())

    def operations(self):
        """(path, method, operation) of each."""
        for path, methods in self._document["paths"].items():
            for method, operation in methods.items():
                yield path, method, operation

    def answer_faults(self, operation, status, content_type, document):
        """`document` is the parsed body, or its text when it is no JSON."""
        answer = operation["responses"].get(str(status))
        if answer is None:
            return [f"status {status} is not among its answers"]
        content = self._at(answer)["content"]
        kind = content_type.partition(";")[0]
        if kind not in content:
            return [f"{content_type} is not among its types"]
        return self.faults(document, content[kind]["schema"])

    def faults(self, value, schema, where="$"):
        """What in `value` is not as `schema` says, a line each."""
        schema = self._at(schema)
        if unknown := schema.keys() - KNOWN:
            raise ValueError(f"{where}: not known to this test: {unknown}")
        if value is None:
            return [] if schema.get("nullable") else [f"{where}: is null"]
        is_type = isinstance(value, TYPES[schema["type"]]) and (schema["type"] == "boolean") == isinstance(value, bool)
        if not is_type:
            return [f"{where}: {value!r} is no {schema['type']}"]
        found = []
        if value not in schema.get("enum", [value]):
            found.append(f"{where}: {value!r} is none of {schema['enum']}")
        if schema["type"] in ("integer", "number") and value < schema.get("minimum", value):
            found.append(f"{where}: {value} is below {schema['minimum']}")
        if schema["type"] == "string":
            found += self._string_faults(value, schema, where)
        for key in schema.get("required", []):
            if key not in value:
                found.append(f"{where}: has no {key}")
        if schema["type"] == "object":
            for key, each in value.items():
                inner = schema["properties"].get(key)
                found += self.faults(each, inner, f"{where}.{key}") if inner else [f"{where}: {key} is not described"]
        if schema["type"] == "array":
            for index, each in enumerate(value):
                found += self.faults(each, schema["items"], f"{where}[{index}]")
        return found

    def _string_faults(self, value, schema, where):
        if schema.get("format") != "date-time":
            return []
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value):
                datetime.datetime.fromisoformat(value)
                return []
        except ValueError:
            pass
        return [f"{where}: {value} is no time"]

    def _at(self, part):
        """The part itself, where it only refers to one."""
        while "$ref" in part:
            found = self._document
            for key in part["$ref"].removeprefix("#/").split("/"):
                found = found[key]
            part = found
        return part
