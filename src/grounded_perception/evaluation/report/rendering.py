# Copyright 2026 grounded_perception contributors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.


"""From a template to one HTML file that needs nothing else, offline."""

from __future__ import annotations

import base64
from collections.abc import Mapping
import hashlib
import os
from pathlib import Path
from typing import Any

from grounded_perception.errors import ModelMissing, TruthError
from grounded_perception.evaluation.report import plots, texts
from grounded_perception.evaluation.results import Json

SCHEMA = 'grounded_perception/results/1'
_TEMPLATES = Path(__file__).with_name('templates')


def check(results: Json) -> None:
    """
    Refuse what is no evaluation's results.

    :param results: what was read.
    :raises TruthError: when its schema is not the one that is known here.
    """
    schema = results.get('schema') if isinstance(results, dict) else None
    if schema != SCHEMA or not isinstance(results.get('metrics'), dict):
        raise TruthError(
            f'These are no results of an evaluation: schema {SCHEMA!r} with metrics is wanted, '
            f'got {schema!r}. Name the results.json that evaluate wrote.'
        )


class Glossary:
    """The terms that a page used, each of which it must explain."""

    def __init__(self) -> None:
        self._used: dict[str, texts.Term] = {}

    def use(self, path: str) -> texts.Term:
        """Look a term up and note that it was used."""
        return self._used.setdefault(path, texts.term(path))

    def terms(self) -> list[texts.Term]:
        """Return what was used and has a definition, in order of use."""
        return [term for term in self._used.values() if term.text]


def render(template: str, facts: Mapping[str, Any]) -> str:
    """
    Fill a template; everything in it is escaped but what the charts drew.

    :param template: its file name.
    :param facts: its variables.
    :returns: the page.
    :raises ModelMissing: when jinja2 is not installed.
    :raises LookupError: when a fact has another shape than it must.
    """
    try:
        import jinja2
        from markupsafe import Markup
    except ImportError as exc:
        raise ModelMissing(
            "A report needs jinja2: pip install 'grounded_perception[evaluate]'"
        ) from exc
    style, script = (
        (_TEMPLATES / name).read_text(encoding='utf-8') for name in ('report.css', 'report.js')
    )
    glossary = Glossary()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.ChainableUndefined,  # a part that is not there reads as none
    )
    environment.globals.update(
        style=Markup(style),
        script=Markup(script),
        style_hash=_digest(style),
        script_hash=_digest(script),
        plots=plots,
        use=glossary.use,
        glossary=glossary.terms,
        base_name=texts.base_name,
        amount=texts.amount,
        is_number=texts.is_number,
    )
    environment.filters.update(
        number=texts.number,
        signed=texts.signed,
        interval=texts.interval,
        when=texts.when,
        drawn=Markup,
    )
    try:
        return environment.get_template(template).render(facts)
    except jinja2.UndefinedError as exc:
        raise LookupError(exc.message) from exc


def save(page: str, path: Path) -> Path:
    """
    Write a page; under its name there is the whole of it or nothing new.

    :param page: HTML.
    :param path: where to.
    :returns: the same path.
    :raises TruthError: when it cannot be written.
    """
    scratch = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        scratch.write_text(page, encoding='utf-8', errors='replace')
        scratch.replace(path)
    except OSError as exc:
        scratch.unlink(missing_ok=True)
        raise TruthError(f'{path} cannot be written: {exc.strerror or exc}') from exc
    return path


def _digest(text: str) -> str:
    """Return what a content security policy knows an inline text by."""
    sha = hashlib.sha256(text.encode('utf-8')).digest()
    return 'sha256-' + base64.b64encode(sha).decode('ascii')
