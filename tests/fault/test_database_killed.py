"""PostgreSQL dies and comes back while a worker delivers: the worker stays, and every mail arrives."""

from collections.abc import Iterator

import pytest

from idp import migrations
from idp.kernel.db import Database, make_engine
from idp.kernel.secrets import KeyRing
from tests.fault.test_worker_killed import MAILS, a_worker, arrivals, queue, states, until
from tests.mail_servers import Arrived, MailServer
from tests.postgres import Cluster


@pytest.fixture
def own_cluster(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server that nobody else stands on. `cluster` is asked first, because it knows how to skip."""
    made = Cluster(tmp_path_factory.mktemp("killed"))
    yield made
    made.stop()


def test_a_worker_outlives_its_database(own_cluster: Cluster) -> None:
    # The test server answers a commit before it is written, which no real one does: here a commit is a promise.
    url, keys = f"{own_cluster.create('killed')}?options=-csynchronous_commit%3Don", KeyRing.generate()
    database = Database(make_engine(url))
    with database.write() as db:
        migrations.upgrade(db)
    queue(database, keys)
    killed: list[int] = []

    def answer(mail: Arrived) -> str | None:
        if len(server.arrived) in (10, 20) and len(server.arrived) not in killed:
            killed.append(len(server.arrived))
            database.engine.dispose()
            own_cluster.kill()
            own_cluster.start()
        return None

    with MailServer(answer=answer) as server, a_worker(url, keys, server) as worker:
        until(lambda: len(server.arrived) >= 21)
        until(lambda: states(database) == {"done": MAILS})
        worker.terminate()
        assert worker.wait(15) == 0
    database.engine.dispose()
    came = arrivals(server)
    assert killed == [10, 20]
    assert len(came) == MAILS
    assert came.total() == MAILS  # who saw them arrive is alive, and wrote it down when the database was back
