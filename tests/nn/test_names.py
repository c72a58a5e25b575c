"""The names of parameters: the paths of the places that had them first."""

from __future__ import annotations

import copy

import nn
from tests.support.models import Net, Outer, names, tensor_names


def test_a_parameter_is_named_by_its_path_which_grows_with_the_model() -> None:
    net = Net()
    assert net.fc1.weight.name == "fc1.weight"
    outer = Outer(Outer(net))
    assert tensor_names(outer) == names(outer)
    assert net.fc1.weight.name == "inner.inner.fc1.weight"
    net.late = nn.Parameter([1.0])
    net.layer = nn.Linear(2, 2)
    assert tensor_names(outer) == names(outer)
    assert net.late.name == "inner.inner.late"


def test_a_shared_parameter_keeps_the_name_of_its_first_place() -> None:
    embedding = nn.Linear(3, 3)
    model = nn.Module()
    model.encoder, model.decoder = Outer(embedding), Outer(embedding)
    assert embedding.weight.name == "encoder.inner.weight"
    model.head = nn.Linear(3, 3)
    model.head.weight = embedding.weight
    assert embedding.weight.name == "encoder.inner.weight"
    outer = Outer(model)
    assert tensor_names(outer) == names(outer)
    assert embedding.weight.name == "inner.encoder.inner.weight"


def test_looking_at_a_part_of_a_model_does_not_rename_it() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 2), nn.ReLU()))
    parts = [net[:1], net[1][:1], nn.Sequential(net[1][0])]
    assert len(parts) == 3
    assert tensor_names(net) == ["0.weight", "0.bias", "1.0.weight", "1.0.bias"]


def test_a_part_taken_from_a_model_that_is_gone_gets_new_names() -> None:
    layer = nn.Sequential(nn.ReLU(), nn.Linear(2, 2))[1]
    net = nn.Module()
    net.body = layer
    assert tensor_names(net) == ["body.weight", "body.bias"]


def test_copies_of_a_part_get_names_of_their_own() -> None:
    net = Net()
    net.twin, net.third = copy.deepcopy(net.fc2), copy.deepcopy(net.fc2)
    assert [net.twin.weight.name, net.third.weight.name, net.fc2.weight.name] == [
        "twin.weight",
        "third.weight",
        "fc2.weight",
    ]
