import pytest
from tests.unit.fetch.server import FakeTime, Server


@pytest.fixture
def server():
    with Server() as made:
        yield made


@pytest.fixture
def time():
    return FakeTime()
