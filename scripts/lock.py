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
Pin every file requirements/*.in with hashes, for all supported versions of Python.

A file with a remark `lock-by-hand` is left alone.

Run it with all supported interpreters on PATH (python3.10 … python3.13), on x86-64 Linux:
each resolves everything together, so that the files agree with each other. The resulting
requirements/*.txt are complete, hence installed with --no-deps --require-hashes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import json
from pathlib import Path
import subprocess
import sys
from typing import Any

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name
from provision.interpreter import SUPPORTED

#: pip's installation report, as far as it is read here.
Report = dict[str, Any]

FOLDER = Path(__file__).resolve().parent.parent / 'requirements'


@dataclass(frozen=True)
class Source:
    """
    One requirements/*.in file.

    :param name: file name without its ending.
    :param roots: the requirements it states.
    :param without: canonical names of packages that are left out.
    :param follow: whether the requirements of the requirements are taken too.
    """

    name: str
    roots: tuple[Requirement, ...]
    without: frozenset[str]
    follow: bool


def read_source(path: Path) -> Source:
    """
    Read one .in file with its `lock-` remarks.

    :param path: the file.
    :returns: what it states.
    """
    roots, without, follow = [], set(), True
    for line in path.read_text().splitlines():
        if line.startswith('# lock-without:'):
            without.add(canonicalize_name(line.split(':')[1].split()[0]))
        elif line.startswith('# lock-no-deps:'):
            follow = False
        elif line and not line.startswith('#'):
            roots.append(Requirement(line))
    return Source(path.stem, tuple(roots), frozenset(without), follow)


def by_hand(path: Path) -> bool:
    """
    Tell whether the pins of a file are written by hand, because no hash fits everywhere.

    :param path: the .in file.
    """
    return any(line.startswith('# lock-by-hand:') for line in path.read_text().splitlines())


def resolve(python: str, sources: list[Source]) -> Report:
    """
    Ask one interpreter's pip what it would install for all files together.

    :param python: interpreter to run.
    :param sources: what is wanted.
    :returns: pip's installation report; packages of `no-deps` files are asked for apart.
    """
    command = [
        python,
        '-m',
        'pip',
        'install',
        '--quiet',
        '--dry-run',
        '--ignore-installed',
        '--prefer-binary',
        '--report=-',
    ]
    followed = [str(root) for source in sources if source.follow for root in source.roots]
    alone = [str(root) for source in sources if not source.follow for root in source.roots]
    reports = [
        json.loads(subprocess.run([*command, *extra], check=True, stdout=subprocess.PIPE).stdout)
        for extra in (followed, ['--no-deps', *alone])
    ]
    return {
        'environment': reports[0]['environment'],
        'install': reports[0]['install'] + reports[1]['install'],
    }


def closure(source: Source, report: Report) -> Iterator[tuple[str, str, str]]:
    """
    Walk from one file's requirements to everything they need.

    :param source: where to start.
    :param report: what pip resolved.
    :returns: name, version and sha256 of each package.
    """
    found = {canonicalize_name(item['metadata']['name']): item for item in report['install']}
    waiting = list(source.roots)
    seen: set[tuple[str, frozenset[str]]] = set()
    given: set[str] = set()
    while waiting:
        requirement = waiting.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if name in source.without or (name, extras) in seen:
            continue
        seen.add((name, extras))
        item = found[name]
        if name not in given:
            given.add(name)
            digest = item['download_info']['archive_info']['hashes']['sha256']
            yield name, item['metadata']['version'], digest
        if not source.follow:
            continue
        for text in item['metadata'].get('requires_dist', ()):
            wanted = Requirement(text)
            environments = [{**report['environment'], 'extra': e} for e in (extras or {''})]
            if not wanted.marker or any(wanted.marker.evaluate(e) for e in environments):
                waiting.append(wanted)


def locked_lines(source: Source, reports: dict[str, Report]) -> Iterator[str]:
    """
    Merge what the interpreters resolved into pinned lines, with markers where they differ.

    :param source: the file to pin.
    :param reports: pip's report by Python version, as in '3.11'.
    :returns: the lines of the .txt file.
    """
    pins: dict[tuple[str, str], dict[str, str]] = {}
    for python, report in reports.items():
        for name, version, digest in closure(source, report):
            pins.setdefault((name, version), {})[python] = digest
    for (name, version), digests in sorted(pins.items()):
        marker = ''
        if len(digests) < len(reports):
            either = ' or '.join(f'python_version == "{python}"' for python in digests)
            marker = f' ; {either}'
        hashes = ''.join(f' \\\n    --hash=sha256:{d}' for d in sorted(set(digests.values())))
        yield f'{name}=={version}{marker}{hashes}'


def main() -> int:
    """Write every requirements/*.txt anew."""
    paths = [path for path in sorted(FOLDER.glob('*.in')) if not by_hand(path)]
    sources = [read_source(path) for path in paths]
    reports = {}
    for major, minor in SUPPORTED:
        version = f'{major}.{minor}'
        sys.stderr.write(f'resolving for Python {version}\n')
        reports[version] = resolve(f'python{version}', sources)
    for source in sources:
        head = f'# Written by scripts/lock.py from {source.name}.in; do not edit.\n'
        lines = '\n'.join(locked_lines(source, reports))
        (FOLDER / f'{source.name}.txt').write_text(f'{head}{lines}\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
