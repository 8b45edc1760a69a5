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


"""The pages in a real browser: no complaint, nothing wider than the screen, light and dark."""

import json
from pathlib import Path
import re
import shutil
import subprocess

from grounded_perception.evaluation.report import compare_many, comparison, write
import pytest

pytest.importorskip('jinja2')
CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser')
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason='chromium is not installed')
WIDTHS = (360, 1280)
QUIET = (
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--disable-dev-shm-usage', '--enable-logging=stderr',
)  # fmt: skip
#: Put into a copy of a page, keeps what it looks like for its parent.
PROBE = """
<script>
const luminance = (colour) => {
  const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
};
const contrast = (text) => {
  let behind = text;
  const clear = () => getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)';
  while (clear()) behind = behind.parentElement;
  const [a, b] = [getComputedStyle(text).color, getComputedStyle(behind).backgroundColor]
    .map(luminance).sort();
  return (b + 0.05) / (a + 0.05);
};
const read = '.faint, h1, h2, .chip, .kicker, .term, .worse';
const seen = (which) => [...document.querySelectorAll(which)]
  .filter((each) => each.checkVisibility());
addEventListener('error', (event) => { window.failure = event.message; });
addEventListener('load', () => {
  const first = () => document.querySelector('table.sortable tbody tr').cells[0].textContent;
  const paper = () => luminance(getComputedStyle(document.body).backgroundColor);
  const told = {
    width: innerWidth, wanted: document.documentElement.scrollWidth, paper: paper(),
    contrast: Math.min(...seen(read).map(contrast)),
    charts: seen('.chart')
      .map((each) => each.getBoundingClientRect().width / each.viewBox.baseVal.width),
    before: first(),
  };
  document.querySelector('table.sortable .sort').click();
  document.querySelector('table.sortable .sort').click();
  told.sorted = first();
  document.querySelector('.theme').click();
  told.toggled = paper();
  told.failure = window.failure ?? null;
  window.told = told;
});
</script></body>
"""
#: Its own load comes after that of the frames in it.
OUTER = """<!doctype html><body><pre id="told"></pre>%s<script>
addEventListener('load', () => {
  const all = [...document.querySelectorAll('iframe')].map((each) => each.contentWindow.told);
  document.getElementById('told').textContent = JSON.stringify(all);
});
</script></body>"""


def browse(page: Path, profile: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Open a page without a window."""
    command = [CHROMIUM, *QUIET, f'--user-data-dir={profile}', *arguments, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def complaints(log: str) -> list[str]:
    return [line for line in log.splitlines() if 'CONSOLE' in line]


def looks_of(page: Path, folder: Path, scheme: str) -> list[dict]:
    """Return what the probe tells of a page at each width."""
    text = page.read_text(encoding='utf-8')
    text = re.sub(r'<meta http-equiv[^>]*>', '', text)  # else the probe may not run
    text = text.replace('localStorage', 'noStorage')  # else one frame's theme is the other's
    inner, outer = folder / 'probed.html', folder / 'outer.html'
    inner.write_text(text.replace('</body>', PROBE), encoding='utf-8')
    frames = ''.join(
        f'<iframe src="probed.html" width="{w}" height="900" style="border:0"></iframe>'
        for w in WIDTHS
    )
    outer.write_text(OUTER % frames)
    dark = f'--blink-settings=preferredColorScheme={0 if scheme == "dark" else 1}'
    done = browse(outer, folder / 'profile', dark, '--allow-file-access-from-files', '--dump-dom')
    assert complaints(done.stderr) == []
    told = re.search(r'<pre id="told">(.+?)</pre>', done.stdout, re.DOTALL)
    assert told, done.stderr[-2000:]
    found = json.loads(told[1].replace('&amp;', '&').replace('&lt;', '<').replace('&gt;', '>'))
    return sorted(found, key=lambda each: each['width'])


@pytest.fixture
def pages(results, better_or_worse, folder):
    others = [better_or_worse(shift=-0.06, factor=0.8), better_or_worse(shift=0.03)]
    names = ('a_rather_long_name_of_a_run_that_came_first', 'small', 'large')
    compared = comparison.write(compare_many(results, others, names), folder)
    return {'report': write(results, folder), 'compare': compared}


@pytest.mark.parametrize(
    ('name', 'scheme'), [('report', 'light'), ('report', 'dark'), ('compare', 'dark')]
)
def test_a_page_fits_a_telephone_and_a_desk_and_can_be_read(pages, folder, name, scheme):
    for told in looks_of(pages[name], folder, scheme):
        assert told['failure'] is None
        assert told['wanted'] <= told['width'], 'no scrolling sideways'
        assert told['contrast'] >= 4.5, 'WCAG 2 AA'
        assert (told['paper'] < 0.1) == (scheme == 'dark')
        assert (told['toggled'] < 0.1) == (scheme == 'light'), 'the button turns it round'
        assert told['before'] != told['sorted']
        assert all(0.8 <= scale <= 1.35 for scale in told['charts']), 'letters near 11 px'
        assert len(told['charts']) == (4 if name == 'report' else 0), 'one size of each'


@pytest.mark.parametrize('name', ['report', 'compare'])
def test_a_page_as_it_is_runs_under_its_own_policy_without_a_complaint(pages, folder, name):
    done = browse(pages[name], folder / 'profile', '--dump-dom')
    assert complaints(done.stderr) == []
    assert 'class="sort"' in done.stdout, 'the script ran'
    assert not re.search(r'class="theme"[^>]* hidden', done.stdout)


def test_strange_results_give_pages_without_a_complaint_too(hostile, nulls, bare, folder):
    frames = ''
    for n, strange in enumerate((hostile, nulls, bare)):
        write(strange, folder).rename(folder / f'{n}.html')
        frames += f'<iframe src="{n}.html"></iframe>'
    outer = folder / 'outer.html'
    outer.write_text(f'<!doctype html><body>{frames}<script>console.log("seen")</script></body>')
    said = complaints(browse(outer, folder / 'profile', '--dump-dom').stderr)
    assert len(said) == 1, said
    assert '"seen"' in said[0], 'what a script says would be heard'
