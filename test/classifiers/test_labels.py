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

"""What free labels stand for among the 1000 classes."""

from grounded_perception.classifiers.imagenet import names
from grounded_perception.classifiers.imagenet.labels import LabelReader
from grounded_perception.classifiers.imagenet.terms import looks_alike
from grounded_perception.errors import ModelMissing
from grounded_perception.language.encoder import load_encoder
import numpy as np
import pytest


@pytest.fixture(scope='module')
def reader():
    """Return a reader with the real text encoder."""
    try:
        encoder = load_encoder(threads=0)
    except ModelMissing as exc:
        pytest.skip(str(exc))
    return LabelReader(lambda: encoder, 0.55)


def test_the_tables_are_whole():
    assert len(names.synonyms()) == 1000
    assert names.class_name(207) == 'golden retriever'
    assert len(names.classes_of_kinds()['dog']) == 121
    assert names.classes_of_names()['crane'] == {134, 517}  # the bird and the machine
    assert not names.classes_of_kinds()['giraffe']


@pytest.mark.model
@pytest.mark.parametrize(
    ('label', 'first'),
    [
        ('golden retriever', 'golden retriever'),
        ('Golden Retrievers', 'golden retriever'),
        ('taxi', 'cab'),
        ('fire truck', 'fire engine'),
        ('school bus', 'school bus'),
        ('police car', 'police van'),
        ('settee', 'studio couch'),
        ('forklift truck', 'forklift'),
        ('plane', 'airliner'),  # in ImageNet "plane" is the carpenter's
        ('old red sedan', 'beach wagon'),
        ('postbox', 'mailbox'),  # by meaning: no table has it
    ],
)
def test_a_label_stands_for(reader, label, first):
    match = reader.read(label).match
    assert match.known
    assert first in match.stands_for


@pytest.mark.model
@pytest.mark.parametrize(
    'label', ['giraffe', 'tall giraffe', 'kite', 'toothbrush', 'pencil', 'sand', 'xyzzy', '?!']
)
def test_what_imagenet_has_not_is_said_to_be_unknown(reader, label):
    reading = reader.read(label)
    assert not reading.match.known
    assert not reading.weights.any()
    assert label in reading.match.reason or 'giraffe' in reading.match.reason


def test_looks_alike():
    assert looks_alike('pencil', 'pencil sharpener')
    assert looks_alike('sand', 'sandal')
    assert looks_alike('bus stop', 'school bus')
    assert not looks_alike('tea kettle', 'kettle')


@pytest.mark.model
def test_a_class_goes_to_the_label_that_means_little_else(reader):
    dog, golden = reader.shares(['dog', 'golden retriever'])
    column = 207
    assert golden[column] > 0.8 > 0.2 > dog[column]
    (chihuahua,) = names.classes_of_names()['chihuahua']
    assert dog[chihuahua] > 0.9


@pytest.mark.model
def test_shares_are_at_most_the_weights(reader):
    labels = ['dog', 'dog', 'taxi', 'giraffe']
    shares = reader.shares(labels)
    most = np.max([reader.read(label).weights for label in labels], axis=0)
    np.testing.assert_allclose(shares.sum(axis=0), most, atol=1e-5)
    np.testing.assert_allclose(shares[0], shares[1])
    assert not shares[3].any()
