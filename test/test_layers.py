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

"""The direction of imports, read off the source: what may know of what."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
import subprocess
import sys

import pytest

PACKAGE = 'grounded_perception'
SOURCE = Path(__file__).resolve().parents[1] / 'src' / PACKAGE

#: Each room may import the rooms before it.
ROOMS = (
    'errors',
    'records',
    'settings',
    'geometry',
    'calibration',
    'weights',
    'compute',
    'plugins',
    'imaging',
    'language',
    'detectors',
    'segmenters',
    'classifiers',
    'pose_estimators',
    'exemplars',
    'fusion',
    'assistants',
    'tracking',
    'spatial',
    'understanding',
    'pipeline',
    'assembly',
    'drawing',
    'wire',
)
#: The same inside ``training``.
TRAINING_ROOMS = (
    'scene', 'world', 'looks', 'sight', 'speech', 'reading', 'examples', 'dataset', 'human',
    'fitting', 'shipping', 'tuning', 'focusing', 'options', 'run',
)  # fmt: skip
#: Rooms above all of those; they do not know each other, but for what is said below.
SHELLS = ('evaluation', 'training', 'cli', 'ros')
#: The files of the command line that may import ``ros``, inside functions.
ROS_VERBS = ('cli/run.py', 'cli/demo.py', 'cli/doctor.py', 'cli/ros_checks.py', 'cli/graph.py')
#: The one file outside ``ros`` that may import rclpy, inside functions: doctor's look at the
#: running graph, no part of the node.
ROS_TOOLS = ('cli/graph.py',)
#: Whoever starts the command line.
CLI_STARTERS = ('__main__.py',)

ROS_MODULES = {
    'rclpy', 'cv_bridge', 'std_srvs', 'rcl_interfaces', 'builtin_interfaces', 'tf2_ros',
    'message_filters', 'image_transport', 'launch', 'launch_ros', 'ament_index_python',
    'rosidl_runtime_py', 'rosbag2_py',
}  # fmt: skip
#: Frameworks that take long to import or are not everywhere.
HEAVY = {
    'torch', 'transformers', 'openvino', 'tokenizers', 'nncf', 'safetensors', 'onnxruntime',
    'accelerate', 'tqdm',
}  # fmt: skip
#: Files that are about nothing but torch may import it at the top; whoever needs one of them
#: imports it inside a function.
TORCH_FILES = (
    'fusion/network.py', 'fusion/storage.py', 'fusion/torch_runner.py',
    'training/fitting/batches.py', 'training/fitting/beginning.py', 'training/fitting/feed.py',
    'training/fitting/loss.py', 'training/fitting/optimizer.py',
    'training/fitting/prediction.py', 'training/fitting/trainer.py',
    'training/fitting/withholding.py', 'training/focusing/fitting.py',
    'training/focusing/network.py', 'training/shipping/export.py',
    'training/shipping/folding.py',
)  # fmt: skip
#: The one file that knows how processes share the work.
ACCELERATE_FILE = 'training/fitting/trainer.py'


@dataclass(frozen=True)
class Import:
    """One imported module: where, and whether only when a function runs or for type checkers."""

    file: str
    line: int
    module: str
    lazy: bool
    typing_only: bool
    relative: bool = False

    def __str__(self) -> str:
        return f'{self.file}:{self.line}: {self.module}'


def imports(path: Path, file: str) -> Iterator[Import]:
    """Yield every import of a source file."""
    pending = [(ast.parse(path.read_text(encoding='utf-8')), False, False)]
    while pending:
        node, lazy, typing_only = pending.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, alias.name, lazy, typing_only)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ''
            for alias in node.names:
                # ``from package import room`` names a room, ``from room import thing`` does not
                # matter: only the first two parts are looked at.
                name = f'{base}.{alias.name}' if base else alias.name
                yield Import(file, node.lineno, name, lazy, typing_only, node.level > 0)
        if isinstance(node, ast.If) and 'TYPE_CHECKING' in ast.unparse(node.test):
            pending += [(child, lazy, True) for child in node.body]
            pending += [(child, lazy, typing_only) for child in node.orelse]
            continue
        inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        pending += [(child, inside, typing_only) for child in ast.iter_child_nodes(node)]


def room_of(file: str) -> str:
    """Name the room of a source file: its folder, or itself."""
    return file.partition('/')[0].removesuffix('.py')


def is_ros(module: str) -> bool:
    root = module.partition('.')[0]
    return root in ROS_MODULES or root.endswith('_msgs')


def violations(source: Path) -> list[str]:
    """List what breaks the rules in a package's source folder."""
    found = []
    for path in sorted(source.rglob('*.py')):
        file = path.relative_to(source).as_posix()
        if file == '__init__.py':
            allowed_room = -1  # the package itself imports nothing of its own
        elif room_of(file) in ROOMS:
            allowed_room = ROOMS.index(room_of(file))
        elif room_of(file) in SHELLS or file in CLI_STARTERS:
            allowed_room = len(ROOMS)
        else:
            found.append(f'{file}: a room that test_layers.py does not know')
            continue
        for one in imports(path, file):
            found += [f'{one}: {rule}' for rule in _broken(one, allowed_room)]
    return found


def _broken(one: Import, allowed_room: int) -> Iterator[str]:
    """Yield the rules that one import breaks."""
    root = one.module.partition('.')[0]
    if one.relative:
        yield 'relative import'
    elif root == PACKAGE:
        yield from _broken_inside(one, allowed_room)
    elif is_ros(one.module) and room_of(one.file) != 'ros':
        if not (one.file in ROS_TOOLS and one.lazy):
            yield 'ROS outside ros/'
    elif root == 'rosbags' and room_of(one.file) not in ('ros', 'evaluation', 'wire'):
        yield 'bags outside ros/, evaluation/ and wire/'
    elif root in HEAVY and not (one.lazy or one.typing_only):
        if root in ('torch', 'safetensors') and one.file in TORCH_FILES:
            return
        if one.file != ACCELERATE_FILE:
            yield 'a heavy framework at module level'


def _broken_inside(one: Import, allowed_room: int) -> Iterator[str]:
    own, target = room_of(one.file), f'{one.module}.'.split('.')[1]
    parts = one.module.split('.')[1:]
    imported = {f'{"/".join(parts[:depth])}.py' for depth in range(1, len(parts) + 1)}
    if imported & set(TORCH_FILES) and not (
        one.lazy or one.typing_only or one.file in TORCH_FILES
    ):
        yield 'a file that imports torch at module level'
    if target in ('', '__version__') or target == own:
        return
    if target in ROOMS:
        if ROOMS.index(target) > allowed_room:
            yield f'{own} must not know {target}'
    elif target == 'ros':
        if not (one.file in ROS_VERBS and (one.lazy or one.typing_only)):
            yield 'only verbs of the command line import ros, inside functions'
    elif target == 'training':
        if own != 'cli' or not (one.lazy or one.typing_only):
            yield 'only the command line imports training, inside functions'
    elif target == 'cli':
        if one.file not in CLI_STARTERS:
            yield 'nobody imports cli'
    elif target == 'evaluation':
        if own != 'cli':
            yield 'only the command line imports evaluation'
    else:
        yield f'{target} is a room that test_layers.py does not know'


def test_imports_go_one_way():
    assert violations(SOURCE) == []


def test_rooms_of_training_import_one_way():
    broken = []
    for path in sorted((SOURCE / 'training').rglob('*.py')):
        own = path.relative_to(SOURCE / 'training').parts[0].removesuffix('.py')
        for one in imports(path, path.relative_to(SOURCE).as_posix()):
            parts = one.module.split('.')
            if parts[:2] == [PACKAGE, 'training'] and len(parts) > 2 and parts[2] != own:
                order = [TRAINING_ROOMS.index(room) for room in (parts[2], own)]
                broken += [str(one)] if order[0] > order[1] else []
    assert broken == []


def test_there_is_something_to_check():
    rooms = {room_of(p.relative_to(SOURCE).as_posix()) for p in SOURCE.rglob('*.py')}
    assert {'errors', 'records', 'fusion', 'pipeline', 'drawing', 'cli', 'ros'} <= rooms


@pytest.mark.parametrize(
    ('file', 'text', 'rule'),
    [
        ('errors.py', 'from grounded_perception.records import Frame', 'errors must not know'),
        (
            'geometry.py',
            'import grounded_perception.fusion.model',
            'must not know fusion',
        ),
        ('detectors/x.py', 'from grounded_perception import pipeline', 'detectors must not know'),
        ('detectors/x.py', 'from grounded_perception import __version__', ''),
        ('fusion/x.py', 'from grounded_perception.detectors.base import Detector', ''),
        ('pipeline.py', 'from grounded_perception.cli import main', 'nobody imports cli'),
        ('ros/node.py', 'from grounded_perception.cli.main import main', 'nobody imports cli'),
        ('__main__.py', 'from grounded_perception.cli.main import main', ''),
        ('ros/node.py', 'from grounded_perception.evaluation import metrics', 'only the command'),
        ('cli/x.py', 'def f():\n    import grounded_perception.evaluation', ''),
        ('drawing.py', 'def f():\n    from grounded_perception import ros', 'only verbs'),
        ('cli/detect.py', 'def f():\n    import grounded_perception.ros.node', 'only verbs'),
        ('cli/run.py', 'from grounded_perception.ros import node', 'only verbs'),
        ('cli/run.py', 'def f():\n    from grounded_perception.ros import node', ''),
        ('pipeline.py', 'import rclpy', 'ROS outside ros/'),
        ('pipeline.py', 'def f():\n    import rclpy.node', 'ROS outside ros/'),
        ('imaging/x.py', 'from sensor_msgs.msg import Image', 'ROS outside ros/'),
        ('imaging/x.py', 'from cv_bridge import CvBridge', 'ROS outside ros/'),
        ('cli/graph.py', 'import rclpy', 'ROS outside ros/'),
        ('cli/graph.py', 'def f():\n    import rclpy', ''),
        ('ros/node.py', 'import rclpy', ''),
        ('detectors/x.py', 'import torch', 'a heavy framework'),
        ('fusion/network.py', 'from torch import nn', ''),
        ('fusion/network.py', 'import openvino', 'a heavy framework'),
        ('fusion/inputs.py', 'import torch', 'a heavy framework'),
        ('fusion/x.py', 'from grounded_perception.fusion import storage', 'imports torch'),
        ('fusion/x.py', 'def f():\n    import grounded_perception.fusion.storage', ''),
        ('training/fitting/loss.py', 'import accelerate', 'a heavy framework'),
        ('training/fitting/trainer.py', 'import accelerate', ''),
        ('training/run.py', 'from grounded_perception.pipeline import Pipeline', ''),
        ('training/run.py', 'from grounded_perception.cli import main', 'nobody imports cli'),
        ('cli/x.py', 'from grounded_perception.training import run', 'only the command line'),
        ('cli/x.py', 'def f():\n    from grounded_perception.training import run', ''),
        ('ros/node.py', 'def f():\n    import grounded_perception.training', 'only the command'),
        ('fusion/x.py', 'import grounded_perception.training.run', 'only the command line'),
        ('ros/x.py', 'from openvino import Core', 'a heavy framework'),
        (
            'language/x.py',
            'try:\n    import tokenizers.models\nexcept ImportError: pass',
            'a heavy',
        ),
        ('language/x.py', 'class A:\n    import safetensors', 'a heavy framework'),
        ('language/x.py', 'class A:\n    def f(self):\n        import safetensors', ''),
        ('fusion/x.py', 'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n import torch', ''),
        (
            'fusion/x.py',
            'import typing\nif typing.TYPE_CHECKING:\n pass\nelse:\n import torch',
            'a heavy framework',
        ),
        ('fusion/x.py', 'from . import tokens', 'relative import'),
        ('fusion/x.py', 'from ..errors import ModelError', 'relative import'),
        ('fusion/x.py', 'import rosbags', 'bags outside'),
        ('evaluation/bags.py', 'import rosbags', ''),
        ('wire/bag.py', 'import rosbags', ''),
        ('drawing/x.py', 'from grounded_perception.wire import topics', 'must not know wire'),
        ('utils.py', '', 'a room that test_layers.py does not know'),
        ('fusion/x.py', 'import grounded_perception.utils', 'utils is a room'),
        ('__init__.py', 'from grounded_perception.errors import PerceptionError', 'must not know'),
    ],
)
def test_a_planted_violation_is_reported(tmp_path, file, text, rule):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + '\n')
    found = violations(tmp_path)
    if rule:
        assert len(found) == 1
        assert found[0].startswith(file)
        assert rule in found[0]
    else:
        assert found == []


def python(code: str) -> subprocess.CompletedProcess:
    paths = [str(SOURCE.parent), *filter(None, sys.path)]
    setup = f'import sys; sys.path[:0] = {paths!r}; '
    return subprocess.run([sys.executable, '-c', setup + code], capture_output=True, text=True)


def test_the_pipeline_imports_no_framework():
    done = python(
        'import grounded_perception.pipeline, grounded_perception.drawing; '
        'heavy = {"torch", "transformers", "openvino", "tokenizers", "nncf", "safetensors", '
        '"accelerate", "grounded_perception.training", "rclpy", "rosbags"} & set(sys.modules); '
        'sys.exit(f"imported {sorted(heavy)}" if heavy else 0)'
    )
    assert done.returncode == 0, done.stderr


def test_everything_but_ros_can_be_imported_without_ros():
    names = [
        '.'.join((PACKAGE, *p.relative_to(SOURCE).with_suffix('').parts))
        for p in sorted(SOURCE.rglob('*.py'))
        if p.name not in ('__init__.py', '__main__.py')
        and room_of(p.relative_to(SOURCE).as_posix()) not in ('ros', 'evaluation')
        and (find_spec('torch') or p.relative_to(SOURCE).as_posix() not in TORCH_FILES)
        and (find_spec('rosbags') or p.name != 'bag.py')
    ]
    done = python(
        'sys.modules.update(dict.fromkeys(["rclpy", "sensor_msgs", "std_msgs", "vision_msgs"])); '
        f'import importlib; [importlib.import_module(name) for name in {names!r}]'
    )
    assert done.returncode == 0, done.stderr
