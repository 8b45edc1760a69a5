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

"""Build description of the ROS package grounded_perception."""

from glob import glob
from pathlib import Path

from setuptools import find_packages, setup

package_name = 'grounded_perception'
here = Path(__file__).resolve().parent
package_folder = here / 'src' / package_name


def data_in_package():
    """List the files beside the code that belong to it, relative to the package."""
    endings = {
        '.yaml', '.txt', '.xml', '.bin', '.md', '.safetensors', '.html', '.css', '.js', '.json',
        '.typed', '.tflite',
    }  # fmt: skip
    return sorted(
        str(path.relative_to(package_folder))
        for path in package_folder.rglob('*')
        if path.suffix in endings
    )


def requirements_of(name):
    """Read what a part of the package needs from the one place that states it."""
    lines = (here / 'requirements' / f'{name}.in').read_text(encoding='utf-8').splitlines()
    return [line for line in lines if line and not line.startswith('#')]


setup(
    name=package_name,
    version='0.1.0',
    description='Camera image and a free sentence in, the one thing that is meant out.',
    author='grounded_perception contributors',
    maintainer='grounded_perception maintainers',
    maintainer_email='maintainers@grounded-perception.org',
    license='Apache-2.0',
    python_requires='>=3.10',
    package_dir={'': 'src'},
    packages=find_packages('src'),
    package_data={package_name: data_in_package()},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{package_name}']),
        (f'share/{package_name}', ['package.xml']),
        (f'share/{package_name}/launch', sorted(glob('launch/*.launch.py'))),
        (
            f'share/{package_name}/config',
            sorted(glob('config/*.yaml') + glob('config/*.xml'))
            + glob(f'src/{package_name}/ros/fastdds_big_images.xml'),
        ),
    ],
    # On a robot rosdep installs the distribution's numpy and OpenCV: pip must not replace
    # them, so the libraries are an extra and not a requirement.
    install_requires=['setuptools'],
    extras_require={
        'cpu': requirements_of('runtime'),
        'train': [*requirements_of('runtime'), *requirements_of('train')],
        'hub': [*requirements_of('runtime'), *requirements_of('hub')],
        'evaluate': [*requirements_of('runtime'), *requirements_of('evaluate')],
        'ray': [line for name in ('runtime', 'evaluate', 'ray') for line in requirements_of(name)],
        'test': ['pytest'],
    },
    zip_safe=False,
    entry_points={
        'console_scripts': [
            'grounded-perception = grounded_perception.cli.main:main',
            'perception_node = grounded_perception.ros.node:main',
            'image_player = grounded_perception.ros.player:main',
        ],
    },
)
