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

"""The loop: it learns, goes on after a kill as if nothing had been, and says what is wrong."""

from dataclasses import replace
import os
from pathlib import Path
import signal
import socket
import subprocess
import sys
import time

from grounded_perception.errors import ModelError, SettingsError, TrainingError
import numpy as np
import pytest

torch = pytest.importorskip('torch', reason="torch is not installed: extra 'train'")
pytest.importorskip('accelerate', reason="Accelerate is not installed: extra 'train'")

from grounded_perception.fusion.network import NetworkConfig  # noqa: E402
from grounded_perception.fusion.storage import load, read  # noqa: E402
from grounded_perception.training.fitting.curves import rows  # noqa: E402
from grounded_perception.training.fitting.options import FitOptions  # noqa: E402
from grounded_perception.training.fitting.trainer import CHECKPOINT, fit  # noqa: E402

pytestmark = pytest.mark.usefixtures('fitting')

TINY = NetworkConfig(width=16, layers=1, heads=2, pair_width=8, gates=2)
#: Learns the stand-in in seconds.
QUICK = FitOptions(
    epochs=3, batch=8, learning_rate=5e-3, ema=0.9, drop_evidence=0.05, drop_words=0.05,
    log_steps=3,
)  # fmt: skip

#: The same fit as :func:`run_here`, in a process of its own.
SCRIPT = """\
import runpy, sys
from pathlib import Path
import torch
from grounded_perception.fusion.network import NetworkConfig
from grounded_perception.training.fitting.options import FitOptions
from grounded_perception.training.fitting.trainer import fit
torch.set_num_threads(1)
config, options, folder, file = sys.argv[1:]
learnable = runpy.run_path(file)['learnable']
fit(eval(config), learnable(60), learnable(20, 1), eval(options), Path(folder))
"""


def run_here(learnable, folder, options=QUICK, config=TINY):
    return fit(config, learnable(60), learnable(20, 1), options, folder)


def script(tmp_path, folder, options, config=TINY):
    """Return the command that does what :func:`run_here` does."""
    file = tmp_path / 'fit_script.py'
    file.write_text(SCRIPT)
    examples = Path(__file__).with_name('learnable.py')
    return [str(file), repr(config), repr(options), str(folder), str(examples)]


def weights(folder):
    return load(folder / CHECKPOINT).state_dict()


def same(a, b):
    return all(torch.equal(a[key], b[key]) for key in a)


def test_it_learns_and_leaves_curves_and_weights(learnable, tmp_path):
    options = replace(QUICK, epochs=12, learning_rate=1e-2)
    metrics = fit(TINY, learnable(160), learnable(60, 1), options, tmp_path / 'new' / 'folder')
    assert metrics.accuracy > 0.8
    assert metrics.by_status['ABSENT'].accuracy > 0.6
    table = rows(tmp_path / 'new' / 'folder')
    measured = [row for row in table if row['accuracy']]
    assert len(measured) == 12
    assert float(measured[-1]['accuracy']) == pytest.approx(metrics.accuracy, abs=1e-4)
    assert float(table[-1]['loss']) < float(table[0]['loss'])
    assert float(measured[-1]['FOUND']) == pytest.approx(
        metrics.by_status['FOUND'].accuracy, abs=1e-4
    )


def test_the_same_seed_gives_the_same_weights(learnable, tmp_path):
    for name, seed in (('a', 0), ('b', 0), ('c', 1)):
        run_here(learnable, tmp_path / name, replace(QUICK, epochs=1, seed=seed))
    a, b, c = (weights(tmp_path / name) for name in 'abc')
    assert same(a, b)
    assert not same(a, c)


def test_a_killed_fit_goes_on_as_if_nothing_had_been(learnable, tmp_path):
    whole = run_here(learnable, tmp_path / 'whole')
    killed = tmp_path / 'killed'
    options = replace(QUICK, checkpoint_minutes=0)
    child = subprocess.Popen(
        [sys.executable, *script(tmp_path, killed, options)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        # An epoch has 8 steps.
        while (step := steps_of(killed)) < 9 and child.poll() is None:
            time.sleep(0.001)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert 9 <= step < 24, 'the fit was over before it could be killed'
    resumed = run_here(learnable, killed, replace(QUICK, resume=True))
    assert resumed == whole
    assert same(weights(killed), weights(tmp_path / 'whole'))
    assert rows(killed) == rows(tmp_path / 'whole')
    assert not list(killed.glob('.*'))


def steps_of(folder):
    try:
        return read(folder / CHECKPOINT).about['state']['step']
    except ModelError:
        return 0


def test_a_finished_fit_resumes_to_its_figures(learnable, tmp_path):
    options = replace(QUICK, epochs=1, resume=True)  # nothing to resume is no error
    assert run_here(learnable, tmp_path, options) == run_here(learnable, tmp_path, options)


def test_two_processes_come_to_what_one_comes_to(learnable, tmp_path):
    # Dropout is drawn by each process for itself; without it, only rounding differs.
    config, options = replace(TINY, dropout=0.0), replace(QUICK, batch=9)
    one = run_here(learnable, tmp_path / 'one', options, config)
    launch = ['accelerate.commands.launch', '--cpu', '--num_processes', '2', '--num_machines', '1']
    launch += [
        '--mixed_precision',
        'no',
        '--dynamo_backend',
        'no',
        '--num_cpu_threads_per_process',
    ]
    command = [sys.executable, '-m', *launch, '1']
    done = subprocess.run(
        [*command, *script(tmp_path, tmp_path / 'two', options, config)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    a, b = weights(tmp_path / 'one'), weights(tmp_path / 'two')
    assert all(torch.allclose(a[key], b[key], atol=1e-3) for key in a)
    ours, theirs = rows(tmp_path / 'one'), rows(tmp_path / 'two')
    losses = [[float(row['loss']) for row in table] for table in (ours, theirs)]
    np.testing.assert_allclose(*losses, rtol=1e-3)
    assert float(theirs[-1]['accuracy']) == pytest.approx(one.accuracy, abs=0.03)


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def test_a_loss_that_is_no_number_ends_the_fit_and_keeps_the_last_good_weights(
    learnable, tmp_path
):
    examples = learnable(60)
    examples[31].inputs.evidence[:] = np.nan
    options = replace(QUICK, checkpoint_minutes=0, drop_evidence=0)
    with pytest.raises(TrainingError, match=r'loss became nan at step \d+: .*last good'):
        fit(TINY, examples, learnable(9, 1), options, tmp_path)
    assert all(torch.isfinite(tensor).all() for tensor in weights(tmp_path).values())


def test_without_examples_there_is_nothing_to_learn(learnable, tmp_path):
    with pytest.raises(TrainingError, match='no examples to learn from'):
        fit(TINY, [], learnable(3), QUICK, tmp_path)
    with pytest.raises(TrainingError, match='no validation'):
        fit(TINY, learnable(3), [], QUICK, tmp_path)


def test_another_fit_is_neither_overwritten_nor_continued(learnable, tmp_path):
    options = replace(QUICK, epochs=1)
    run_here(learnable, tmp_path, options)
    before = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(TrainingError, match='is there already'):
        run_here(learnable, tmp_path, options)
    with pytest.raises(TrainingError, match='other options \\(epochs\\)'):
        run_here(learnable, tmp_path, replace(options, epochs=2, resume=True))
    with pytest.raises(TrainingError, match='other config \\(gates\\)'):
        run_here(learnable, tmp_path, replace(options, resume=True), replace(TINY, gates=3))
    with pytest.raises(TrainingError, match='other data \\(scenes, sentences\\)'):
        fit(TINY, learnable(5), learnable(3, 1), replace(options, resume=True), tmp_path)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_half_precision_where_it_works_and_a_word_where_not(learnable, tmp_path):
    metrics = run_here(learnable, tmp_path / 'bf16', replace(QUICK, precision='bf16'))
    assert np.isfinite(metrics.nll)
    if not torch.cuda.is_available():
        with pytest.raises(TrainingError, match="precision 'fp16' cannot be used here"):
            run_here(learnable, tmp_path / 'fp16', replace(QUICK, precision='fp16'))


@pytest.mark.parametrize(
    ('name', 'value'),
    [('epochs', 0), ('batch', 0), ('learning_rate', float('nan')), ('ema', 1), ('seed', -1),
     ('precision', 'fp8'), ('drop_words', 0.95)],
)  # fmt: skip
def test_options_are_checked(name, value):
    with pytest.raises(SettingsError, match=name):
        replace(FitOptions(), **{name: value})
