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

"""What is well and what is not with ROS on this machine; nothing of ROS is imported here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
import json
from pathlib import Path
import re
import subprocess
import sys
from xml.etree import ElementTree

from grounded_perception.cli.checks import Finding, Level
from grounded_perception.cli.ros_missing import ROS_INSTALL

_PROBE_SECONDS = 20
#: Fast DDS's default segment is 512 KB; from here on a 720p image fits several times.
_LEAST_SEGMENT = 8 << 20
#: Above, the ports of a domain collide with those that Linux hands out.
_LAST_SAFE_DOMAIN = 101

# Run in a process of their own: a library built for another Python or numpy may end its process.
_ROS_PROBE = """
import json
import rclpy
from rclpy.utilities import get_rmw_implementation_identifier
print(json.dumps({'file': rclpy.__file__, 'rmw': get_rmw_implementation_identifier()}))
"""
_MESSAGES_PROBE = """
import json
from rclpy.serialization import serialize_message
from vision_msgs.msg import Detection2D, Detection2DArray
print(json.dumps({'bytes': len(serialize_message(Detection2DArray(detections=[Detection2D()])))}))
"""
_BRIDGE_PROBE = """
import json
import numpy as np
from cv_bridge import CvBridge
image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
bridge = CvBridge()
back = bridge.imgmsg_to_cv2(bridge.cv2_to_imgmsg(image, 'bgr8'), 'rgb8')
print(json.dumps({'right': bool((back == image[..., ::-1]).all())}))
"""


@dataclass(frozen=True)
class Probe:
    """
    What a probing process said.

    :param facts: its answer; empty where it failed.
    :param error: the last line of what it complained of, or empty.
    """

    facts: Mapping[str, object]
    error: str = ''


def probe(code: str) -> Probe:
    """
    Run Python code in a process of its own.

    :param code: prints one JSON object.
    :returns: the object, or why there is none.
    """
    command = [sys.executable, '-c', code]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS)
        return Probe(json.loads(done.stdout.splitlines()[-1]))
    except subprocess.TimeoutExpired:
        return Probe({}, f'no answer within {_PROBE_SECONDS} s')
    except (ValueError, IndexError):
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        return Probe({}, lines[-1] if lines else f'the process ended with {done.returncode}')


def findings(environment: Mapping[str, str]) -> list[Finding]:
    """
    Judge everything about ROS that does not need a running graph.

    :param environment: environment variables.
    :returns: the findings.
    """
    found = probe(_ROS_PROBE)
    result = [installation(found, environment)]
    if found.error:
        return result
    result.append(messages(probe(_MESSAGES_PROBE)))
    result.append(transport(environment, str(found.facts['rmw'])))
    result.extend(network(environment))
    result.append(bridge(probe(_BRIDGE_PROBE)))
    return result


def installation(found: Probe, environment: Mapping[str, str]) -> Finding:
    """
    Judge the client library.

    :param found: what :data:`_ROS_PROBE` said.
    :param environment: environment variables.
    :returns: the finding.
    """
    name = 'ros'
    if found.error:
        text = f'rclpy cannot be imported ({found.error}); the command line works without'
        if '_rclpy_pybind11' in found.error:
            # Sourced for the system's Python, run by another.
            text += '; the sourced ROS is for another Python than this one'
        return Finding(Level.WARN, name, text, ROS_INSTALL)
    folder = str(found.facts['file'])
    distribution = environment.get('ROS_DISTRO') or _distribution_of_wheels() or 'ROS 2'
    return Finding(Level.OK, name, f'{distribution}, {found.facts["rmw"]}, {folder}')


def _distribution_of_wheels() -> str:
    """Name the distribution whose wheels are installed; empty where there are none."""
    names = (installed.metadata['Name'] or '' for installed in metadata.distributions())
    found = (re.fullmatch(r'ros-([a-z]+)-rclpy', name) for name in names)
    return next((f'{match[1]} (wheels)' for match in found if match), '')


def messages(found: Probe) -> Finding:
    """
    Judge the messages that the node publishes.

    :param found: what :data:`_MESSAGES_PROBE` said.
    :returns: the finding.
    """
    if found.error:
        fix = 'apt install ros-<distribution>-vision-msgs; with wheels: make setup builds them'
        text = f'the node cannot publish: {found.error}'
        return Finding(Level.WARN, 'vision_msgs', text, fix)
    return Finding(Level.OK, 'vision_msgs', 'can be published')


def transport(environment: Mapping[str, str], rmw: str) -> Finding:
    """
    Judge whether images larger than 512 KB arrive on this machine.

    :param environment: environment variables.
    :param rmw: the middleware.
    :returns: the finding.
    """
    from grounded_perception.ros.transport import profile_path, PROFILE_VARIABLES

    name = 'transport'
    if 'fastrtps' not in rmw:
        return Finding(Level.OK, name, f'{rmw}: the profile for big images is for Fast DDS only')
    fix = 'in the shell of the camera driver (the publisher decides): ' + ' '.join(
        ['export', *(f'{variable}={profile_path()}' for variable in PROFILE_VARIABLES)]
    )
    chosen = {v: environment[v] for v in PROFILE_VARIABLES if environment.get(v)}
    if not chosen:
        text = (
            'Fast DDS by its defaults: most best-effort images above 512 KB (640x480 rgb8) are '
            'lost; `grounded-perception run` and our launch files help only what they start'
        )
        return Finding(Level.WARN, name, text, fix)
    for variable, file in chosen.items():
        if problem := _profile_problem(Path(file)):
            return Finding(Level.WARN, name, f'{variable}={file}: {problem}', fix)
    return Finding(Level.OK, name, f'big images by {", ".join(dict.fromkeys(chosen.values()))}')


def _profile_problem(file: Path) -> str:
    """Say why a Fast DDS profile does not carry big images; empty if it does."""
    try:
        root = ElementTree.parse(file).getroot()
    except OSError as exc:
        return f'{exc.strerror}, and Fast DDS does not complain'
    except ElementTree.ParseError as exc:
        return f'not XML: {exc}'
    # Tags carry the namespace in braces, which old profiles leave away.
    sizes = [e.text or '' for e in root.iter() if e.tag.rpartition('}')[2] == 'segment_size']
    if any(s.strip().isdigit() and int(s) >= _LEAST_SEGMENT for s in sizes):
        return ''
    return 'no shared-memory segment of 8 MB or more'


def network(environment: Mapping[str, str]) -> list[Finding]:
    """
    Judge who can be heard.

    :param environment: environment variables.
    :returns: the findings.
    """
    text = environment.get('ROS_DOMAIN_ID') or '0'
    domain = Finding(Level.OK, 'ROS_DOMAIN_ID', f'{text}: only nodes with the same one are heard')
    if not text.isdigit() or int(text) > _LAST_SAFE_DOMAIN:
        text = f'{text!r} is not a number from 0 to {_LAST_SAFE_DOMAIN}'
        domain = Finding(Level.WARN, 'ROS_DOMAIN_ID', text, 'export ROS_DOMAIN_ID=0')
    found = [domain]
    if environment.get('ROS_LOCALHOST_ONLY') == '1':
        text = '1: cameras on other machines are not heard'
        found.append(Finding(Level.WARN, 'ROS_LOCALHOST_ONLY', text, 'unset ROS_LOCALHOST_ONLY'))
    reach = environment.get('ROS_AUTOMATIC_DISCOVERY_RANGE', '')
    if reach.upper() in ('LOCALHOST', 'OFF'):
        whom = 'no other node' if reach.upper() == 'OFF' else 'no other machine'
        peers = ' (ROS_STATIC_PEERS excepted)' if environment.get('ROS_STATIC_PEERS') else ''
        fix = 'export ROS_AUTOMATIC_DISCOVERY_RANGE=SUBNET'
        text = f'{reach}: {whom} is heard{peers}'
        found.append(Finding(Level.WARN, 'ROS_AUTOMATIC_DISCOVERY_RANGE', text, fix))
    if environment.get('FASTDDS_BUILTIN_TRANSPORTS', '').startswith('LARGE_DATA'):
        text = 'LARGE_DATA must be set for all processes or for none: mixed, nothing arrives'
        fix = 'unset it and use the profile named under transport'
        found.append(Finding(Level.WARN, 'FASTDDS_BUILTIN_TRANSPORTS', text, fix))
    return found


def bridge(found: Probe) -> Finding:
    """
    Judge cv_bridge, which this package does without but others here may use.

    :param found: what :data:`_BRIDGE_PROBE` said.
    :returns: the finding.
    """
    if 'cv_bridge' in found.error and 'No module' in found.error:
        return Finding(Level.OK, 'cv_bridge', 'not installed, not needed')
    if found.error or not found.facts.get('right'):
        text = f'broken ({found.error or "wrong pixels"}); not used here, but other nodes may'
        fix = 'python3 -m pip uninstall cv-bridge; or keep numpy below 2 beside the distribution'
        return Finding(Level.WARN, 'cv_bridge', text, fix)
    return Finding(Level.OK, 'cv_bridge', 'converts rightly (this package does without)')
