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

"""``doctor``: each check with a sick and a healthy machine, and what the verb prints."""

import hashlib
import json
import sys
import types

from grounded_perception.cli import checks, doctor, ros_checks
from grounded_perception.cli.checks import Finding, Level
from grounded_perception.cli.ros_checks import Probe
from grounded_perception.pose_estimators import blazepose
from grounded_perception.ros.transport import profile_path, PROFILE_VARIABLES
from grounded_perception.weights import CACHE_VARIABLE, Source
import pytest

FAST, CYCLONE = 'rmw_fastrtps_cpp', 'rmw_cyclonedds_cpp'
SOURCE = Source('tiny net', 'pytest', '0', 'pytest/__init__.py', '0' * 64, 'MIT')


def level(finding: Finding) -> str:
    return finding.level.value


def test_python():
    assert level(checks.python_version()) == 'ok'
    old = checks.python_version((3, 9, 18))
    assert (level(old), old.text) == ('FAIL', '3.9.18')


def test_library_names_its_version(monkeypatch):
    wanted = checks.Library('numpy', 'pip install numpy', 'everything')
    assert checks.library(wanted).text[0].isdigit()
    odd = types.ModuleType('pytest')
    monkeypatch.setitem(sys.modules, 'pytest', odd)
    unnamed = checks.library(checks.Library('pytest', '', ''))
    assert unnamed.text[0].isdigit(), 'a module without __version__ has its distribution'


@pytest.mark.parametrize(('essential', 'expected'), [(True, 'FAIL'), (False, 'warn')])
def test_a_missing_library(essential, expected):
    wanted = checks.Library('no_such_library', 'pip install it', 'dreams', essential)
    found = checks.library(wanted)
    assert level(found) == expected
    assert found.fix == 'pip install it'
    assert 'No module named' in found.text
    assert 'dreams' in found.text


def test_a_library_that_breaks_while_imported(monkeypatch, tmp_path):
    (tmp_path / 'broken_library.py').write_text('raise RuntimeError("built for numpy 1")')
    monkeypatch.syspath_prepend(tmp_path)
    found = checks.library(checks.Library('broken_library', 'fix', 'all'))
    assert level(found) == 'FAIL'
    assert 'built for numpy 1' in found.text


def test_processor(tmp_path):
    cpuinfo = tmp_path / 'cpuinfo'
    cpuinfo.write_text('processor\t: 0\nmodel name\t: Fine CPU\nflags\t: fpu avx2 amx_bf16 sse\n')
    assert 'Fine CPU' in checks.processor(cpuinfo).text
    assert 'amx_bf16 avx2' in checks.processor(cpuinfo).text
    assert 'unknown CPU' in checks.processor(tmp_path / 'none').text


@pytest.mark.parametrize(('free_mb', 'expected'), [(63, 'warn'), (64, 'ok'), (9000, 'ok')])
def test_shared_memory(monkeypatch, free_mb, expected):
    stat = types.SimpleNamespace(f_bavail=free_mb * 256, f_frsize=4096)
    monkeypatch.setattr(checks.os, 'statvfs', lambda folder: stat)
    found = checks.shared_memory()
    assert level(found) == expected
    assert f'{free_mb} MB' in found.text
    assert ('--shm-size' in found.fix) == (expected == 'warn')


def test_no_shared_memory(tmp_path):
    assert level(checks.shared_memory(tmp_path / 'none')) == 'warn'


def test_cache(monkeypatch, tmp_path):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / 'new' / 'cache'))
    assert checks.cache() == Finding(Level.OK, 'model cache', str(tmp_path / 'new' / 'cache'))
    (tmp_path / 'file').touch()
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / 'file' / 'cache'))
    found = checks.cache()
    assert level(found) == 'FAIL'
    assert CACHE_VARIABLE in found.fix


def test_model_missing():
    absent = Source('tiny net', 'no-such-distribution', '1.0', 'x', '0' * 64, 'MIT')
    found = checks.model(absent)
    assert level(found) == 'FAIL'
    assert found.text == 'missing: tiny net is not installed'
    assert found.fix == 'pip install --no-deps no-such-distribution==1.0'


def test_model_corrupt():
    found = checks.model(SOURCE)
    assert level(found) == 'FAIL'
    assert found.text.startswith('corrupt: ')
    assert found.fix.endswith('--force-reinstall')


def test_model_converted_or_not(monkeypatch, tmp_path):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(checks, 'locate', lambda source: tmp_path)
    assert level(checks.model(SOURCE)) == 'warn'
    assert 'prepare' in checks.model(SOURCE).fix
    folder = tmp_path / f'pytest-{"0" * 12}-1'
    folder.mkdir()
    (folder / 'manifest.json').write_text('{}')
    assert level(checks.model(SOURCE)) == 'warn', 'an empty manifest promises nothing'
    (folder / 'net.bin').write_bytes(b'weights')
    digest = hashlib.sha256(b'weights').hexdigest()
    (folder / 'manifest.json').write_text(json.dumps({'net.bin': digest}))
    assert level(checks.model(SOURCE)) == 'ok'
    (folder / 'net.bin').write_bytes(b'w')
    assert level(checks.model(SOURCE)) == 'warn'


def test_probe():
    assert ros_checks.probe('print("noise"); print("{\\"a\\": 1}")') == Probe({'a': 1})
    assert ros_checks.probe('import no_such').error.startswith('ModuleNotFoundError: No module')
    assert ros_checks.probe('import os; os.abort()').error == 'the process ended with -6'
    assert ros_checks.probe('pass').error == 'the process ended with 0'


def test_probe_that_hangs(monkeypatch):
    monkeypatch.setattr(ros_checks, '_PROBE_SECONDS', 0.2)
    assert ros_checks.probe('import time; time.sleep(9)').error == 'no answer within 0.2 s'


def test_ros_missing_is_only_a_warning(monkeypatch):
    monkeypatch.setattr(ros_checks, 'probe', lambda code: Probe({}, "No module named 'rclpy'"))
    (found,) = ros_checks.findings({})
    assert level(found) == 'warn'
    assert 'the command line works without' in found.text
    assert 'ros-jazzy-rclpy' in found.fix


def test_ros_for_another_python():
    error = "No module named 'rclpy._rclpy_pybind11'"
    assert 'another Python' in ros_checks.installation(Probe({}, error), {}).text


def test_ros_found(monkeypatch):
    answers = {
        'get_rmw': Probe({'rmw': FAST, 'file': '/opt/ros/jazzy/lib/rclpy.py'}),
        'vision_msgs': Probe({'bytes': 9}),
        'cv_bridge': Probe({'right': True}),
    }
    monkeypatch.setattr(
        ros_checks, 'probe', lambda code: next(p for k, p in answers.items() if k in code)
    )
    environment = {'ROS_DISTRO': 'jazzy', 'FASTRTPS_DEFAULT_PROFILES_FILE': str(profile_path())}
    found = ros_checks.findings(environment)
    assert {level(f) for f in found} == {'ok'}
    assert found[0].text.startswith('jazzy, rmw_fastrtps_cpp')


def test_messages_missing():
    found = ros_checks.messages(Probe({}, "No module named 'vision_msgs'"))
    assert level(found) == 'warn'
    assert 'ros-<distribution>-vision-msgs' in found.fix


def test_the_default_transport_is_warned_of():
    found = ros_checks.transport({}, FAST)
    assert level(found) == 'warn'
    assert all(f'{name}={profile_path()}' in found.fix for name in PROFILE_VARIABLES)
    assert 'publisher' in found.fix
    assert level(ros_checks.transport({}, CYCLONE)) == 'ok'


@pytest.mark.parametrize('variable', PROFILE_VARIABLES)
@pytest.mark.parametrize(
    ('content', 'problem'),
    [
        (None, 'No such file'),
        ('<dds>', 'not XML'),
        ('<dds/>', 'no shared-memory segment'),
        ('<dds><segment_size>524288</segment_size></dds>', 'no shared-memory segment'),
        ('<dds xmlns="http://x"><segment_size> 33554432 </segment_size></dds>', ''),
        ('<dds><segment_size>33554432</segment_size></dds>', ''),
    ],
)
def test_transport_profiles_are_read(tmp_path, variable, content, problem):
    file = tmp_path / 'profile.xml'
    if content is not None:
        file.write_text(content)
    found = ros_checks.transport({variable: str(file)}, FAST)
    assert level(found) == ('warn' if problem else 'ok')
    assert problem in found.text
    assert str(file) in found.text


def test_the_shipped_profile_is_healthy():
    assert level(ros_checks.transport({PROFILE_VARIABLES[0]: str(profile_path())}, FAST)) == 'ok'


@pytest.mark.parametrize(
    ('environment', 'warned'),
    [
        ({}, []),
        ({'ROS_DOMAIN_ID': '42'}, []),
        ({'ROS_DOMAIN_ID': '102'}, ['ROS_DOMAIN_ID']),
        ({'ROS_DOMAIN_ID': 'lab'}, ['ROS_DOMAIN_ID']),
        ({'ROS_LOCALHOST_ONLY': '0'}, []),
        ({'ROS_LOCALHOST_ONLY': '1'}, ['ROS_LOCALHOST_ONLY']),
        ({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'}, []),
        ({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}, ['ROS_AUTOMATIC_DISCOVERY_RANGE']),
        ({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'OFF'}, ['ROS_AUTOMATIC_DISCOVERY_RANGE']),
        ({'FASTDDS_BUILTIN_TRANSPORTS': 'LARGE_DATA'}, ['FASTDDS_BUILTIN_TRANSPORTS']),
    ],
)
def test_network(environment, warned):
    found = ros_checks.network(environment)
    assert [f.name for f in found if f.level is Level.WARN] == warned
    assert all(f.fix for f in found if f.level is Level.WARN)


@pytest.mark.parametrize(
    ('found', 'expected', 'word'),
    [
        (Probe({}, "ModuleNotFoundError: No module named 'cv_bridge'"), 'ok', 'not needed'),
        (Probe({}, 'AttributeError: _ARRAY_API not found'), 'warn', '_ARRAY_API'),
        (Probe({}, 'the process ended with -11'), 'warn', '-11'),
        (Probe({'right': False}), 'warn', 'wrong pixels'),
        (Probe({'right': True}), 'ok', 'converts rightly'),
    ],
)
def test_bridge(found, expected, word):
    finding = ros_checks.bridge(found)
    assert level(finding) == expected
    assert word in finding.text


@pytest.fixture
def sick(monkeypatch):
    """Replace all checks."""

    def choose(*findings: Finding):
        def broken():
            raise ValueError('odd machine')

        monkeypatch.setattr(
            doctor, '_checks', lambda environment, args: [broken, lambda: findings]
        )

    return choose


def test_findings_are_printed_with_their_fix(cli, sick):
    sick(
        Finding(Level.OK, 'numpy', '2.0'),
        Finding(Level.WARN, 'transport', 'small', 'export IT'),
    )
    result = cli('doctor')
    assert result.code == 0, 'a warning is no failure'
    assert result.out.splitlines() == [
        '[warn] doctor: a check broke: ValueError: odd machine',
        '[ok]   numpy: 2.0',
        '[warn] transport: small',
        '       fix: export IT',
    ]


def test_what_is_essential_decides_the_exit_code(cli, sick):
    sick(Finding(Level.FAIL, 'numpy', 'missing', 'pip install numpy'))
    result = cli('doctor', '--json')
    assert result.code == 1
    assert result.lines[-1] == {
        'level': 'FAIL', 'name': 'numpy', 'text': 'missing', 'fix': 'pip install numpy',
    }  # fmt: skip


def test_doctor_looks_at_this_machine(cli, monkeypatch):
    monkeypatch.setattr(ros_checks, 'probe', lambda code: Probe({}, 'no ROS in this test'))
    result = cli('doctor', '--json')
    names = [line['name'] for line in result.lines]
    assert 'doctor' not in names, 'no check broke'
    expected = 'python numpy cv2 openvino cpu inference model_cache shared_memory ros'
    assert {name.replace('_', ' ') for name in expected.split()} <= set(names)
    assert sum(name.startswith('model ') for name in names) == 5
    fails = any(line['level'] == 'FAIL' for line in result.lines)
    assert result.code == int(fails)


def test_weights_that_the_package_holds_are_looked_at(monkeypatch, tmp_path):
    judged = checks.packaged(blazepose.SOURCE, blazepose.check_weights)
    assert (judged.level, judged.name) == (Level.OK, 'model BlazePose GHUM full')
    monkeypatch.setattr(blazepose, 'WEIGHTS', tmp_path / 'away.tflite')
    lost = checks.packaged(blazepose.SOURCE, blazepose.check_weights)
    assert (lost.level, lost.fix) == (Level.FAIL, 'install grounded_perception anew')
    (tmp_path / 'away.tflite').write_bytes(b'no network')
    wrong = checks.packaged(blazepose.SOURCE, blazepose.check_weights)
    assert wrong.level is Level.FAIL
    assert 'must have e9a5c5cb17f7' in wrong.text
