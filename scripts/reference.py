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

"""
Write what is derived from the settings: ``config/perception.yaml`` and the README's table.

``python scripts/reference.py`` writes both; ``test/test_reference.py`` fails when they differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, fields
from pathlib import Path
import sys
import textwrap
from typing import Any

from grounded_perception.assembly import FIXED, KINDS
from grounded_perception.settings import Settings
import yaml

ROOT = Path(__file__).resolve().parent.parent
YAML_PATH = ROOT / 'config' / 'perception.yaml'
README_PATH = ROOT / 'README.md'
BEGIN, END = '<!-- parameters: begin -->', '<!-- parameters: end -->'


def parameters(everything: bool = True) -> Iterator[tuple[str, Field[Any]]]:
    """
    Yield parameters' full names and declarations, the node's first.

    :param everything: whether also options of what the settings do not choose by default.
    """
    for declared in fields(Settings):
        yield declared.name, declared
    for name, module in FIXED.items() if everything else ():
        for declared in fields(module.Options):
            yield f'{name}.{declared.name}', declared
    for kind in KINDS:
        chosen = getattr(Settings, kind.name)
        default = () if chosen == kind.without else (chosen,)
        for name in kind.names() if everything else default:
            for declared in fields(kind.module(name).Options):
                yield f'{name}.{declared.name}', declared


def allowed(declared: Field[Any]) -> str:
    """
    Say which values a parameter takes.

    :param declared: its declaration.
    :returns: choices, range or type.
    """
    meta = declared.metadata
    if meta['choices']:
        return ', '.join(meta['choices'])
    if meta['low'] is not None:
        return f'{meta["low"]} to {meta["high"]}'
    return type(declared.default).__name__


def as_yaml() -> str:
    """Return the text of the parameter file: every parameter with its comment and default."""
    lines = [
        '# Every parameter of the node with its default. Made by scripts/reference.py from the',
        '# settings; copy it, keep the lines you change, and name it with params_file:=.',
        '/**:',
        '  ros__parameters:',
    ]
    group = ''
    for name, declared in parameters():
        head, _, own = name.rpartition('.')
        indent = '      ' if head else '    '
        if head != group:
            lines.append(f'    {head}:')
            group = head
        live = 'live' if declared.metadata['live'] else 'at configure'
        comment = f'{declared.metadata["doc"]} [{allowed(declared)}; {live}]'
        lines += textwrap.wrap(
            comment,
            97 - len(indent),
            initial_indent=f'{indent}# ',
            subsequent_indent=f'{indent}# ',
        )
        value = yaml.safe_dump(declared.default, default_flow_style=True).splitlines()[0]
        lines.append(f'{indent}{own or name}: {value}')
    return '\n'.join(lines) + '\n'


def as_table() -> str:
    """Return the README's table."""
    rows = ['| parameter | default | allowed | live | meaning |', '|---|---|---|---|---|']
    for name, declared in parameters(everything=False):
        default = declared.default if declared.default != '' else "''"
        live = 'yes' if declared.metadata['live'] else ''
        cells = (f'`{name}`', f'`{default}`', allowed(declared), live, declared.metadata['doc'])
        rows.append('| ' + ' | '.join(cells) + ' |')
    return '\n'.join(rows)


def readme_with(table: str, readme: str) -> str:
    """
    Put the table between its marks.

    :param table: see :func:`as_table`.
    :param readme: text that has both marks.
    :returns: the new text.
    """
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f'{before}{BEGIN}\n{table}\n{END}{after}'


def main() -> int:
    """Write both files."""
    YAML_PATH.write_text(as_yaml())
    README_PATH.write_text(readme_with(as_table(), README_PATH.read_text()))
    return 0


if __name__ == '__main__':
    sys.exit(main())
