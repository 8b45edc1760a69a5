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

"""The set-up: what it says when something is missing, and what it does not do twice."""

import io
from pathlib import Path
import signal
import subprocess
import sys

from provision import debian, distribution, environment, interfaces, main, packages, preflight
from provision.commands import clean_environment, CommandFailed, Runner
from provision.errors import SetupError
from provision.interpreter import choose, version_of
from provision.progress import Progress
from provision.stamps import digest, Stamps
from provision.steps import Plan, Step
import pytest

ROOT = Path(__file__).resolve().parents[1]


class TestInterpreter:
    def test_the_running_one_is_taken_if_it_is_supported(self):
        assert choose((3, 11), ask=lambda command, probe: None) is None

    def test_the_newest_supported_one_on_path_replaces_one_that_is_too_new(self):
        there = {'python3.12': (3, 12), 'python3.10': (3, 10)}
        assert choose((3, 14), ask=lambda command, probe: there.get(command)) == 'python3.12'

    def test_a_shim_that_starts_another_version_does_not_count(self):
        with pytest.raises(SetupError):
            choose((3, 9), ask=lambda command, probe: (3, 9))

    def test_no_supported_one_is_said_in_one_sentence(self):
        with pytest.raises(SetupError, match=r'Python 3\.9 came, 3\.10, 3\.11, 3\.12, 3\.13 are'):
            choose((3, 9), ask=lambda command, probe: None)

    def test_a_missing_command_has_no_version(self):
        assert version_of('no-such-python') is None

    def test_a_distribution_needs_the_python_that_has_its_rclpy(self):
        def ask(command, probe):
            return (3, 12) if command == 'python3.12' and probe == 'import rclpy' else None

        assert choose((3, 11), ask=ask, probe='import rclpy') == 'python3.12'


class TestPreflight:
    @pytest.mark.parametrize(
        'came', [('Linux', 'aarch64', 'glibc'), ('Darwin', 'x86_64', ''), ('Linux', 'x86_64', '')]
    )
    def test_machines_without_wheels(self, came):
        with pytest.raises(SetupError, match='use a ROS distribution'):
            preflight.check_platform(*came)

    def test_machine_with_wheels(self):
        preflight.check_platform('Linux', 'x86_64', 'glibc')

    def test_no_compiler(self):
        with pytest.raises(SetupError, match=r'sudo apt install g\+\+'):
            preflight.find_compiler(which=lambda command: None)

    def test_any_compiler_will_do(self):
        there = {'clang++': '/usr/bin/clang++'}
        assert preflight.find_compiler(which=there.get) == 'clang++'

    def test_no_disk(self, tmp_path):
        with pytest.raises(SetupError, match=r'0\.3 GB are free .* 2\.5 GB are needed'):
            preflight.check_disk(tmp_path, usage=lambda folder: (10**10, 10**10, 3 * 10**8))

    def test_enough_disk(self, tmp_path):
        preflight.check_disk(tmp_path, usage=lambda folder: (10**11, 0, 10**11))

    def test_headers(self, tmp_path):
        assert preflight.python_headers(str(tmp_path)) is None
        (tmp_path / 'Python.h').touch()
        assert preflight.python_headers(str(tmp_path)) == tmp_path


class TestPipFailures:
    @pytest.mark.parametrize(
        ('output', 'sentence'),
        [
            ('OSError: [Errno 28] No space left on device', 'The disk is full'),
            ('ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM', 'its hash differs'),
            # pip ends with this line when there is no network, too.
            (
                'NewConnectionError: Temporary failure in name resolution\n'
                'ERROR: No matching distribution found for numpy==2.4.6',
                'could not be reached: check the network',
            ),
            ('ReadTimeoutError: Read timed out.', 'could not be reached: check the network'),
            ("ProxyError('Cannot connect to proxy.')", 'through the proxy'),
            ('SSLError: certificate verify failed', 'certificate'),
            ('ERROR: No matching distribution found for numpy==2.4.6', 'has no numpy==2.4.6'),
            ('something else', 'pip failed'),
        ],
    )
    def test_one_sentence(self, output, sentence):
        assert sentence in packages.explain(output)
        assert '\n' not in packages.explain(output)

    def test_the_sentence_reaches_the_user(self, tmp_path):
        pip = tmp_path / 'python'
        pip.write_text('#!/bin/sh\necho "Read timed out."\nexit 1\n')
        pip.chmod(0o755)
        installer = packages.Installer(Runner(tmp_path / 'log'), pip, tmp_path)
        with pytest.raises(SetupError, match='check the network') as raised:
            installer.install(tmp_path / 'pins.txt')
        assert isinstance(raised.value.__cause__, CommandFailed)


class TestDistribution:
    PINS = (
        '# head',
        'numpy==2.4.6 \\',
        '    --hash=sha256:aa',
        'numpy-quaternion==1 \\',
        '    --hash=sha256:bb',
        'numpy==2.2.6 ; python_version == "3.10" \\',
        '    --hash=sha256:cc',
    )

    def test_its_numpy_is_not_replaced(self):
        left = list(packages.without(self.PINS, frozenset({'numpy'})))
        assert left == ['# head', 'numpy-quaternion==1 \\', '    --hash=sha256:bb']

    def test_without_a_distribution_all_pins_stay(self):
        assert tuple(packages.without(self.PINS, frozenset())) == self.PINS

    def test_pip_sees_the_reduced_file(self, tmp_path):
        pip, pins = tmp_path / 'python', tmp_path / 'pins.txt'
        pip.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
        pip.chmod(0o755)
        pins.write_text('\n'.join(self.PINS))
        scratch = tmp_path / 'scratch'
        scratch.mkdir()
        runner = Runner(tmp_path / 'log')
        packages.Installer(runner, pip, scratch, frozenset({'numpy'})).install(pins)
        assert str(scratch / 'pins.txt') in runner.log.read_text().splitlines()
        assert 'numpy==' not in (scratch / 'pins.txt').read_text()

    def test_it_is_sourced_only_with_rclpy(self, tmp_path):
        variables = {'ROS_DISTRO': 'jazzy', 'AMENT_PREFIX_PATH': str(tmp_path)}
        assert distribution.sourced(variables) is None
        (tmp_path / 'share' / 'rclpy').mkdir(parents=True)
        assert distribution.sourced(variables) == 'jazzy'
        assert distribution.sourced({}) is None

    def test_missing_vision_msgs_names_the_package(self, tmp_path):
        python = tmp_path / 'python'
        python.write_text('#!/bin/sh\nexit 1\n')
        python.chmod(0o755)
        with pytest.raises(SetupError, match='sudo apt install ros-jazzy-vision-msgs'):
            distribution.check_interfaces(Runner(tmp_path / 'log'), python, 'jazzy')

    def test_own_packages_are_those_it_can_import(self, tmp_path):
        keep = distribution.own_packages(Runner(tmp_path / 'log'), sys.executable)
        assert keep <= {'numpy', 'opencv-python-headless'}


class TestStamps:
    def test_done_only_with_the_same_inputs(self, tmp_path):
        stamps = Stamps(tmp_path / 'own')
        assert not stamps.done('ros', 'a')
        stamps.finish('ros', 'a')
        assert stamps.done('ros', 'a')
        assert not stamps.done('ros', 'b')

    def test_an_interrupted_step_is_not_done(self, tmp_path):
        stamps = Stamps(tmp_path)
        stamps.finish('ros', 'a')
        stamps.begin('ros')
        assert not stamps.done('ros', 'a')
        assert stamps.interrupted('ros')

    def test_the_key_follows_content_and_names(self, tmp_path):
        file = tmp_path / 'msg' / 'A.msg'
        file.parent.mkdir()
        file.write_text('float64 x')
        keys = [digest(paths=[file.parent])]
        file.write_text('float64 y')
        keys.append(digest(paths=[file.parent]))
        file.rename(file.with_name('B.msg'))
        keys.append(digest(paths=[file.parent]))
        keys.append(digest(paths=[file.parent], facts=['3.12']))
        keys.append(digest(paths=[tmp_path / 'missing']))
        assert len(set(keys)) == len(keys)


class FakePlan:
    """Steps that note their calls instead of installing anything."""

    def __init__(self, folder, keys, fail=None):
        self.folder, self.own, self.calls = folder, folder / '.provision', []
        self._keys, self._fail = keys, fail
        self.own.mkdir(parents=True, exist_ok=True)

    def check_machine(self):
        self.calls.append('machine')

    def steps(self):
        return [Step(name, name.upper(), key, self._work(name)) for name, key in self._keys]

    def _work(self, name):
        def work(again):
            self.calls.append((name, again))
            if name == self._fail:
                raise KeyboardInterrupt

        return work


class TestSteps:
    def test_a_second_start_does_only_what_finds_out_itself(self, tmp_path):
        keys = [('ros', 'a'), ('prepare', None)]
        first, second = FakePlan(tmp_path, keys), FakePlan(tmp_path, keys)
        main.go_through(first, io.StringIO())
        assert first.calls == ['machine', ('ros', False), ('prepare', False)]
        out = io.StringIO()
        main.go_through(second, out)
        assert second.calls == [('prepare', False)]
        assert out.getvalue().endswith('ready\n')
        assert out.getvalue().count('\n') == 1

    def test_only_the_changed_step_is_done_again(self, tmp_path):
        main.go_through(FakePlan(tmp_path, [('ros', 'a'), ('dev', 'a')]), io.StringIO())
        plan, out = FakePlan(tmp_path, [('ros', 'a'), ('dev', 'b')]), io.StringIO()
        main.go_through(plan, out)
        assert plan.calls == ['machine', ('dev', False)]
        assert '[2/3] ROS … ready\n' in out.getvalue()

    def test_an_interrupted_step_is_done_again_and_knows_it(self, tmp_path):
        keys = [('ros', 'a')]
        with pytest.raises(KeyboardInterrupt):
            main.go_through(FakePlan(tmp_path, keys, fail='ros'), io.StringIO())
        plan = FakePlan(tmp_path, keys)
        main.go_through(plan, io.StringIO())
        assert plan.calls == ['machine', ('ros', True)]

    def test_progress_lines(self):
        seconds = iter([0.0, 16.2, 20.0])
        out = io.StringIO()
        progress = Progress(7, out, clock=lambda: next(seconds))
        progress.begin('ROS 2')
        progress.took()
        progress.begin('Models')
        progress.ready()
        assert out.getvalue() == '[1/7] ROS 2 … 16 s\n[2/7] Models … ready\n'


class TestFailure:
    @pytest.fixture
    def root(self, tmp_path, monkeypatch):
        monkeypatch.setattr(main, 'ROOT', tmp_path)
        monkeypatch.setattr(main.interpreter, 'choose', lambda probe: None)
        return tmp_path

    def fail_with(self, monkeypatch, error):
        def go_through(plan, out):
            raise error

        monkeypatch.setattr(main, 'go_through', go_through)
        return main.main([])

    def test_one_sentence_and_status_1(self, root, monkeypatch, capsys):
        assert self.fail_with(monkeypatch, SetupError('No C++ compiler.')) == 1
        assert capsys.readouterr().err == 'make setup: No C++ compiler.\n'

    def test_a_failed_program_is_quoted_from_the_log(self, root, monkeypatch, capsys):
        (root / '.bootstrap.log').write_text('$ cmake\n\nerror: it\n')
        error = SetupError('Not built.')
        error.__cause__ = CommandFailed('cmake', 1, '')
        assert self.fail_with(monkeypatch, error) == 1
        assert capsys.readouterr().err == (
            'make setup: Not built.\n'
            'The last lines of .bootstrap.log:\n'
            '  | $ cmake\n'
            '  | error: it\n'
        )

    def test_ctrl_c(self, root, monkeypatch, capsys):
        assert self.fail_with(monkeypatch, KeyboardInterrupt()) == 128 + signal.SIGINT
        assert 'Traceback' not in capsys.readouterr().err

    def test_a_foreign_environment_is_left_alone(self, tmp_path):
        folder = tmp_path / '.venv'
        folder.mkdir()
        (folder / 'precious').touch()
        with pytest.raises(SetupError, match='not made by this set-up'):
            environment.make(
                Runner(tmp_path / 'log'), folder, folder / '.provision', system_packages=False
            )
        assert (folder / 'precious').exists()

    def test_headers_that_apt_cannot_fetch(self, tmp_path, monkeypatch):
        monkeypatch.setenv('PATH', str(tmp_path))
        with pytest.raises(SetupError, match=r'sudo apt install python3\.11-dev'):
            debian.fetch_headers(Runner(tmp_path / 'log'), 'python3.11', tmp_path / 'headers')

    def test_pip_that_apt_cannot_fetch(self, tmp_path, monkeypatch):
        monkeypatch.setenv('PATH', str(tmp_path))
        with pytest.raises(SetupError, match=r'sudo apt install python3\.11-venv'):
            debian.fetch_pip(Runner(tmp_path / 'log'), 'python3.11', tmp_path / 'pip')


def test_another_environments_library_path_is_not_passed_on(monkeypatch):
    monkeypatch.setenv('LD_LIBRARY_PATH', '/other/lib')
    monkeypatch.delenv('_ROS_WHEELS_BOOTSTRAP_COMPLETE', raising=False)
    assert clean_environment()['LD_LIBRARY_PATH'] == '/other/lib'
    monkeypatch.setenv('_ROS_WHEELS_BOOTSTRAP_COMPLETE', '1')
    assert 'LD_LIBRARY_PATH' not in clean_environment()


def test_the_wheel_builders_include_paths_are_replaced():
    foreign = (
        '"/opt/python/cp311-cp311/include/python3.11;'
        '/opt/python/cp311-cp311/lib/python3.11/site-packages/numpy/_core/include"'
    )
    local = interfaces.localise(foreign, '/usr/include/python3.11', '/venv/numpy/include')
    assert local == '"/usr/include/python3.11;/venv/numpy/include"'
    assert interfaces.localise(local, '/else', '/else') == local


@pytest.mark.parametrize(
    'name', ['build', 'demo', 'dev', 'evaluate', 'models', 'ray', 'ros-jazzy', 'runtime']
)
def test_everything_is_pinned_with_hashes(name):
    text = (ROOT / 'requirements' / f'{name}.txt').read_text()
    pins = [line for line in text.splitlines() if line and not line.startswith((' ', '#'))]
    assert pins
    assert all('==' in pin and pin.endswith('\\') for pin in pins)


@pytest.mark.parametrize(
    ('name', 'packages'),
    [
        ('train', {'torch', 'accelerate', 'tqdm'}),
        ('hub', {'torch', 'transformers', 'pillow'}),
    ],
)
def test_what_no_hash_fits_is_pinned_by_hand(name, packages):
    pins = (ROOT / 'requirements' / f'{name}.txt').read_text().splitlines()
    assert {pin.partition('==')[0] for pin in pins if not pin.startswith('#')} == packages
    assert all('==' in pin for pin in pins if not pin.startswith('#'))
    assert 'lock-by-hand' in (ROOT / 'requirements' / f'{name}.in').read_text()


def test_only_training_installs_torch(tmp_path):
    for core in (False, True):
        usual, more = (
            [
                step.name
                for step in Plan(ROOT, Runner(tmp_path / 'log'), core=core, train=train).steps()
            ]
            for train in (False, True)
        )
        extra = {'ray', 'train', 'hub'}
        assert not extra.intersection(usual)
        assert [name for name in more if name not in extra] == usual


def test_bootstrap_can_be_asked_for_help():
    ran = subprocess.run(
        [sys.executable, ROOT / 'scripts' / 'bootstrap.py', '--help'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert '--core' in ran.stdout
