"""A pool of actors that serve one port: shared, restarted, killed with the node, and ended together."""

import http_framework_case
import support
from http_framework_case import frame

POOL = '[[handler]]\ntype = "supervisor"\n[http]\ninstances = {}\n[supervision]\nbackoff = 0\nrestarts = 100\n'


class Pool(http_framework_case.HttpFrameworkCase):
    def pool(self, instances=3, text=""):
        return self.web(text=POOL.format(instances) + text)

    def counts(self, port, connections):
        """What each connection, one after the other, is told: the number of its actor's requests."""
        return [int(self.client(port).get("/count")[2]) for _ in range(connections)]

    def members(self):
        """Those that have not ended, by id."""
        actors = self.theater("list", "--json", exit=0).lines()
        return {actor["id"]: actor for actor in actors if not actor["ended"]}

    def test_connections_go_to_each_actor_in_turn(self):
        port = self.pool()
        self.assertEqual(self.counts(port, 9), [1, 1, 1, 2, 2, 2, 3, 3, 3])
        client = self.client(port)
        first = int(client.get("/count")[2])
        self.assertEqual([int(client.get("/count")[2]) for _ in range(5)], list(range(first + 1, first + 6)))
        self.assertEqual(sorted(actor["name"] for actor in self.members().values()), ["http-2", "http-3", "web"])
        shown = self.theater("log", "show", "web", exit=0).out
        self.assertEqual(shown.count("theater-runtime/child "), 2, shown)

    def test_a_web_socket_stays_with_its_actor(self):
        port = self.pool()
        sockets = [self.socket_of(port) for _ in range(3)]
        for round in range(3):
            for at, client in enumerate(sockets):
                text = f"{round} of {at}".encode()
                self.assertEqual(client.send(frame(1, text)).message(), (1, text))

    def test_others_serve_while_one_is_restarted(self):
        port = self.pool()
        self.assertEqual(self.counts(port, 3), [1, 1, 1])
        client = self.client(port)
        self.assertEqual(client.get("/trap")[0], 500)
        statuses = [self.client(port).get("/")[0] for _ in range(12)]
        self.assertEqual(set(statuses), {200})
        # It is up again, serves, and began from its initial state.
        self.until(lambda: sum(actor["restarts"] for actor in self.members().values()) == 1)
        self.until(lambda: {actor["state"] for actor in self.members().values()} == {"Idle"})
        counts = self.counts(port, 3)
        self.assertEqual(len(self.members()), 3)
        self.assertLess(min(counts), max(counts))

    def test_all_restart_with_the_actor(self):
        self.theater("start", self.web_manifest(text=POOL.format(2)), "--restart", "permanent", exit=0)
        port = self.port_of("web")
        before = self.members()
        [root] = [actor for actor, shown in before.items() if shown["name"] == "web"]
        # One of two connections is the actor's own.
        for _ in range(2):
            self.client(port).get("/trap")
        self.until(lambda: len(self.members()) == 2 and set(self.members()) != set(before))
        self.until(lambda: {actor["state"] for actor in self.members().values()} == {"Idle"})
        self.assertIn(root, self.members())
        self.assertEqual(self.port_of("web"), port, "the port is held meanwhile")
        self.assertEqual(self.counts(port, 4), [1, 1, 2, 2])

    def test_a_killed_node_brings_all_back_on_the_port(self):
        port = self.pool(text='[log]\ndurability = "sync"\n')
        self.assertEqual(self.counts(port, 6), [1, 1, 1, 2, 2, 2])
        before = set(self.members())
        for _ in range(2):
            self.server.kill()
            self.server.wait()
            self.server = self.start_server()
            self.assertEqual(self.port_of("web"), port)
            self.assertEqual(set(self.members()), before, "none is started twice")
        self.assertEqual(self.counts(port, 3), [3, 3, 3])
        self.theater("stop", "web", exit=0)
        self.assertEqual(self.members(), {})
        self.end_server()
        self.server = None
        for actor in before:
            self.theater("log", "export", actor, "-o", "member.export", exit=0)
            self.theater("verify", "member.export", exit=0)
            self.theater("replay", "member.export", exit=0)

    def test_the_end_of_the_actor_is_the_end_of_all(self):
        port = self.pool(2)
        self.assertEqual(self.counts(port, 2), [1, 1])
        self.theater("stop", "web", exit=0)
        self.until(lambda: not self.takes_connections(port))

    def test_validate_knows_pools(self):
        grants = ("--grant", self.grant, "--grant", "supervisor")
        self.theater("validate", self.web_manifest(text=POOL.format(4)), *grants, exit=0)
        for text, why in ((POOL.format(65), "it must be from 1 to 64"),
                          ("[http]\ninstances = 2\n", 'type = "supervisor"')):
            self.assertIn(why, self.theater("validate", self.web_manifest(text=text), *grants, exit=1).err)


if __name__ == "__main__":
    support.main()
