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

"""``grounded-perception``: verbs, exit codes, and that asking for help costs nothing."""

import json
import os
import subprocess
import sys
import time
import types

from grounded_perception import __version__
from grounded_perception.cli import detect, doctor
from grounded_perception.errors import ModelMissing
import pytest

VERBS = (
    'detect', 'ground', 'ask', 'classify', 'exemplar', 'prepare', 'run', 'doctor', 'demo', 'train',
    'verify', 'evaluate', 'compare', 'tune',
)  # fmt: skip


def python(*arguments: str, **more) -> subprocess.CompletedProcess:
    environment = {**os.environ, 'PYTHONPATH': os.pathsep.join(p for p in sys.path if p)}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=environment, **more
    )


def test_help_names_every_verb_and_shows_examples(cli):
    result = cli('--help')
    assert result.code == 0
    assert all(f'\n    {verb} ' in result.out for verb in VERBS)
    assert 'the red car left of the bus' in result.out


@pytest.mark.parametrize('verb', ['detect', 'ground', 'prepare', 'doctor', 'run'])
def test_every_verb_has_help(cli, verb):
    result = cli(verb, '--help')
    assert result.code == 0
    assert f'grounded-perception {verb}' in result.out


def test_help_imports_nothing_heavy():
    code = (
        'import sys; from grounded_perception.cli.main import main; main(["--help"]); '
        'heavy = {"numpy", "cv2", "openvino", "rclpy", "tokenizers"} & set(sys.modules); '
        'sys.exit(f"imported {heavy}" if heavy else 0)'
    )
    done = python('-c', code)
    assert done.returncode == 0, done.stderr


def test_help_is_fast():
    python('-m', 'grounded_perception', '--help')  # fills the disk cache
    times = []
    for _ in range(5):
        start = time.perf_counter()
        assert python('-m', 'grounded_perception', '--help').returncode == 0
        times.append(time.perf_counter() - start)
    assert min(times) < 0.3


def test_version(cli):
    result = cli('--version')
    assert (result.code, result.out) == (0, f'grounded-perception {__version__}\n')


@pytest.mark.parametrize(
    'arguments',
    [
        [],
        ['see'],
        ['detect'],
        ['detect', 'a.jpg', '--nonsense'],
        ['detect', 'a.jpg', '--precision', 'f64'],
        ['detect', 'a.jpg', '--option', 'tiles'],
        ['detect', 'a.jpg', '--threshold', 'high'],
        ['ground', 'a.jpg'],
        ['ground', 'a.jpg', 'the car', '--batch', 'q.jsonl'],
        ['ground', 'a.jpg', 'the car', '--attention'],
    ],
)
def test_wrong_usage_is_exit_code_2(cli, arguments):
    result = cli(*arguments)
    assert result.code == 2
    assert result.out == ''
    assert 'usage: grounded-perception' in result.err


def test_our_errors_are_one_sentence(cli, monkeypatch):
    def refuse(args):
        raise ModelMissing('SSD is not installed: pip install it')

    monkeypatch.setattr(detect, 'run', refuse)
    result = cli('detect', 'a.jpg')
    assert result.code == 1
    assert result.err == 'grounded-perception: SSD is not installed: pip install it\n'
    assert result.out == ''


def test_the_systems_errors_are_one_sentence(cli, tmp_path):
    result = cli('ground', '--batch', tmp_path / 'none.jsonl')
    assert result.code == 1
    assert result.err == f'grounded-perception: {tmp_path}/none.jsonl: No such file or directory\n'


def test_a_bug_is_shown_as_one(cli, monkeypatch):
    monkeypatch.setattr(detect, 'run', lambda args: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        cli('detect', 'a.jpg')


def test_interrupt_is_exit_code_130(cli, monkeypatch):
    def interrupt(args):
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, 'run', interrupt)
    assert cli('doctor').code == 130


def test_a_reader_who_leaves_is_no_error(photos, scripted):
    command = [sys.executable, '-m', 'grounded_perception', 'detect', '--json', *scripted]
    environment = {**os.environ, 'PYTHONPATH': os.pathsep.join(p for p in sys.path if p)}
    with subprocess.Popen(
        [*command, *[str(photos)] * 50],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout and process.stderr
        json.loads(process.stdout.readline())
        process.stdout.close()
        assert process.stderr.read() == b''
        assert process.wait(20) == 141


def fake_module(monkeypatch, name: str, **members) -> None:
    module = types.ModuleType(name)
    vars(module).update(members)
    monkeypatch.setitem(sys.modules, name, module)
    parent, _, child = name.rpartition('.')
    if parent in sys.modules:
        monkeypatch.setattr(sys.modules[parent], child, module, raising=False)


def test_run_passes_everything_on(cli, monkeypatch):
    import grounded_perception.ros  # noqa: F401

    seen = {}

    def node(argv, autostart):
        seen.update(argv=argv, autostart=autostart)
        return 7

    fake_module(monkeypatch, 'grounded_perception.ros.node', main=node)
    assert cli('run', '--ros-args', '-p', 'threshold:=0.5', '--help').code == 7
    assert seen == {
        'argv': ['--ros-args', '-p', 'threshold:=0.5', '--help'],
        'autostart': True,
    }


def test_demo_passes_everything_on(cli, monkeypatch):
    import grounded_perception.ros

    fake_module(monkeypatch, 'grounded_perception.ros.demo')
    given = []
    fake_module(
        monkeypatch,
        'grounded_perception.ros.demo.conductor',
        main=lambda argv: given.append(argv) or 0,
    )
    assert grounded_perception.ros
    assert cli('demo', '--help', '--seconds', '3').code == 0
    assert given == [['--help', '--seconds', '3']]


@pytest.mark.parametrize('verb', ['run', 'demo'])
def test_without_ros_there_is_one_sentence(verb):
    code = (
        'import sys; '
        'sys.modules.update(dict.fromkeys(["rclpy", "sensor_msgs", "diagnostic_msgs"])); '
        'from grounded_perception.cli.main import main; '
        f'sys.exit(main(["{verb}"]))'
    )
    done = python('-c', code)
    assert done.returncode == 1
    assert done.stderr.count('\n') == 1
    assert 'ROS' in done.stderr
    assert 'Traceback' not in done.stderr
