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

"""The package's description agrees with itself, and its interfaces with the public ones."""

import json
from pathlib import Path
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAME = 'grounded_perception'

LICENCE_HEADER = """\
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

#: REP-2016 type hashes of the public vision_msgs 4.1.1: what real robots announce.
PUBLIC_HASHES = {
    'BoundingBox2D': '008eacbb0cf8f26e83795547bed013eec3675485ef386ec056d80eaaf1c1ce2f',
    'BoundingBox2DArray': '2464e82838009386d371b523211c21c91d74d313fcdd6788223c531d621cf691',
    'BoundingBox3D': 'bbb73a65c163d7f9bb29009c7bde9f7faa576bd2d23299c4511d19230dab4698',
    'BoundingBox3DArray': 'a81938db9576b10c2eecd7c5a5da3eac496efd00221b25ed051dfbc81fb56da6',
    'Classification': 'f74db28d0eaef3afb78f48bf2161cd709a1383a0309d3454383b25be11345143',
    'Detection2D': '0d12b69df5c593b3455b7346fac8205437a7d4bcb09b9e0e0b2dde787ded38ea',
    'Detection2DArray': '214274120007f4a683866481336b70310268cfa107aebe9d594a6acf75bda968',
    'Detection3D': 'ddd703be132ab0b69d33121f1bb034132bfbb3b0ac5f9fb1516005ba1c8a265b',
    'Detection3DArray': '793f5eab9595ac1c0da07873cc859db42eae51f0ee76056db8562515d830e018',
    'LabelInfo': '3d37df4015cdf660cc851c51897f2acd957e1ca6205ba0a99aebffb9406b0783',
    'ObjectHypothesis': '51da43cec11c01957a64d1e05a24acd18aae7745ec30b74348ad5f6d634f7f90',
    'ObjectHypothesisWithPose': '41c12344c0396c48b81df12467c192d99b2a0eb1463c5c37194e4223251c80bc',
    'Point2D': 'eab0e83f44ab4de92ceaf76dd7d0e7638f2bdd1d16ffbe16c7a136c48e407247',
    'Pose2D': 'b0b5d1d7b4c20dd4fcde3ed1d4b289a919290572007d67a97043814db25d3648',
    'VisionClass': '1e4a11f0fed50b5623cb8ff26ca0e37952a48a9c074d16f804b44e9164c2037a',
    'VisionInfo': '95d3116a17484ad91c9a2686e1d54890bbfc3ff6c6a2de137738c4950d45d284',
}


def python_files():
    tops = ('benchmarks', 'config', 'docs', 'launch', 'scripts', 'src', 'test')
    return [ROOT / 'setup.py', *(file for top in tops for file in (ROOT / top).rglob('*.py'))]


def changelog_after_title():
    return (ROOT / 'CHANGELOG.rst').read_text().split(f'Changelog for package {NAME}')[1]


def setup_fields():
    """Run setup() without building anything, and keep what it was given."""
    code = (
        'import json, runpy, setuptools\n'
        'given = {}\n'
        'setuptools.setup = lambda **fields: given.update(fields)\n'
        'runpy.run_path("setup.py")\n'
        'print(json.dumps(given))\n'
    )
    ran = subprocess.run(
        [sys.executable, '-c', code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return json.loads(ran.stdout)


@pytest.fixture(scope='module')
def setup():
    pytest.importorskip('setuptools', reason='setuptools is not installed')
    return setup_fields()


@pytest.fixture(scope='module')
def manifest():
    return ElementTree.parse(ROOT / 'package.xml').getroot()


def test_versions_agree(setup, manifest):
    version = manifest.findtext('version')
    assert re.fullmatch(r'\d+\.\d+\.\d+', version)
    assert setup['version'] == version
    newest = re.search(r'^(Forthcoming|\d+\.\d+\.\d+)', changelog_after_title(), re.MULTILINE)
    assert newest.group(1) in ('Forthcoming', version)


def test_setup_and_manifest_tell_the_same(setup, manifest):
    maintainer = manifest.find('maintainer')
    assert manifest.get('format') == '3'
    assert setup['name'] == manifest.findtext('name') == NAME
    assert setup['license'] == manifest.findtext('license') == 'Apache-2.0'
    assert setup['maintainer'] == maintainer.text
    # An invalid address silently turns the package into one that ROS does not see.
    assert re.fullmatch(r'[^@\s]+@[^@\s]+\.[a-z]+', maintainer.get('email'))
    assert setup['maintainer_email'] == maintainer.get('email')
    assert manifest.findtext('export/build_type') == 'ament_python'


def test_marker_and_data_files_exist(setup):
    installed = dict(setup['data_files'])
    assert f'resource/{NAME}' in installed['share/ament_index/resource_index/packages']
    assert installed[f'share/{NAME}'] == ['package.xml']
    assert all((ROOT / file).is_file() for files in installed.values() for file in files)


def test_ros_finds_the_executables():
    text = (ROOT / 'setup.cfg').read_text()
    assert text.count(f'=$base/lib/{NAME}') == 2


def test_every_declared_program_has_its_module(setup):
    for declared in setup['entry_points']['console_scripts']:
        module = declared.split('=')[1].split(':')[0].strip()
        file = ROOT / 'src' / Path(*module.split('.')).with_suffix('.py')
        assert file.is_file(), f'{declared}: there is no {file.relative_to(ROOT)}'


@pytest.mark.parametrize('file', python_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_licence_header(file):
    text = file.read_text()
    assert not text or text.removeprefix('#!/usr/bin/env python3\n').startswith(LICENCE_HEADER)


def test_contributing_starts_with_the_ros_text():
    text = (ROOT / 'CONTRIBUTING.md').read_text()
    assert text.startswith('Any contribution that you make to this repository will\n')


def test_vision_msgs_are_the_public_ones():
    """The hash covers names, fields, their types and their order, and all nested types."""
    typesys = pytest.importorskip('rosbags.typesys', reason='rosbags is not installed')
    store = typesys.get_typestore(typesys.Stores.ROS2_JAZZY)
    types = {}
    for file in (ROOT / 'interfaces' / 'vision_msgs' / 'msg').glob('*.msg'):
        name = f'vision_msgs/msg/{file.stem}'
        types.update(typesys.get_types_from_msg(file.read_text(), name))
    store.register(types)
    hashes = {name.split('/')[-1]: store.hash_rihs01(name) for name in types}
    assert hashes == {name: f'RIHS01_{value}' for name, value in PUBLIC_HASHES.items()}


@pytest.mark.ros
def test_installed_vision_msgs_announce_the_public_hashes():
    package = pytest.importorskip('vision_msgs', reason='vision_msgs is not installed')
    share = Path(package.__file__).parents[4] / 'share' / 'vision_msgs'
    descriptions = {file.stem: json.loads(file.read_text()) for file in share.glob('msg/*.json')}
    if not descriptions:
        pytest.skip('this ROS 2 distribution is older than type hashes')
    hashes = {
        name: entry['hash_string']
        for name, description in descriptions.items()
        for entry in description['type_hashes']
        if entry['type_name'] == f'vision_msgs/msg/{name}'
    }
    assert hashes == {name: f'RIHS01_{value}' for name, value in PUBLIC_HASHES.items()}


def test_colcon_sees_a_ros_package(tmp_path):
    colcon = shutil.which('colcon')
    if colcon is None:
        pytest.skip('colcon is not installed')
    ran = subprocess.run(
        [colcon, '--log-base', str(tmp_path), 'list', '--base-paths', str(ROOT)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert '(ros.ament_python)' in ran.stdout
    assert ran.stdout.startswith(NAME)
