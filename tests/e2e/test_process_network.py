"""Programs of an actor that asks for a network: what is granted, and what the actor hears of a node that has none."""

import process_case
import support


class ProcessNetwork(process_case.ProcessCase):
    def grant(self):
        return super().grant() + ";network;methods=GET,CONNECT"

    def test_a_network_is_asked_for_and_granted(self):
        manifest = self.manifest(self.given, "network = true", 'allowed_hosts = ["example.org:443"]')
        self.theater("validate", manifest, "--grant", self.grant(), exit=0)
        self.theater("start", manifest, exit=0)
        started = self.theater("request", "runner", "spawn true", exit=1)
        self.assertIn("this node has none to give", started.err)

    def test_the_network_of_the_machine_needs_a_grant_of_its_own(self):
        refused = self.theater("start", self.manifest(self.given, 'network = "host"'), exit=1)
        self.assertIn("network=host", refused.err)


if __name__ == "__main__":
    support.main()
