"""A capability that an actor lacks: its node refuses every call of it, whatever took the capability away."""

import base64

import support

DENIES = 'deny = ["message-server"]\n'
DISALLOWED = '[permission_policy.message-server]\ntype = "disallow"\n'
REFUSED = "Permission denied: "


class Denied(support.Case):
    def events(self, actor):
        return [line["event"] for line in self.theater("log", "show", actor, "--json", exit=0).every("event")]

    def bodies(self, actor):
        return [next(iter(event["body"])) for event in self.events(actor)]

    def test_an_operators_deny_holds_against_a_manifest_that_gives_the_capability_up(self):
        (self.folder / "policy.toml").write_text(DENIES)
        self.actor("echo", "echo.wat", DISALLOWED)
        run = self.theater("run", "echo.toml", "--policy", "policy.toml", "--request", "echo:hello", "--send",
                           "echo:hello")
        self.assertNotEqual(run.exit, 0, str(run))
        self.assertNotIn("hello", run.out)
        self.assertIn(REFUSED, run.err)
        self.assertNotIn("discarded", self.bodies("echo"))
        self.assertEqual(self.bodies("echo").count("call"), 1, "init alone")

    def test_a_manifest_that_asks_for_what_is_denied_does_not_start(self):
        (self.folder / "policy.toml").write_text(DENIES)
        self.actor("echo", "echo.wat")
        run = self.theater("run", "echo.toml", "--policy", "policy.toml")
        self.assertNotEqual(run.exit, 0, str(run))
        self.assertIn("asks for more than the policy grants", run.err)

    def test_a_sender_gets_an_error_and_the_receiver_records_nothing(self):
        self.actor("left", "rally.wat")
        self.actor("right", "rally.wat", DISALLOWED)
        self.theater("run", "left.toml", "right.toml", "--init", 'left:"{{actor.right}}"', "--init",
                     'right:"{{actor.left}}"', "--send", "left:ooo")
        sent = [event["body"]["sent"]["result"] for event in self.events("left") if "sent" in event["body"]]
        self.assertEqual(len(sent), 1, sent)
        self.assertIn(REFUSED.encode(), base64.b64decode(sent[0]["failed"]["inline"]["base64"]))
        self.assertEqual(self.bodies("right").count("call"), 1, "init alone")
        self.assertNotIn("discarded", self.bodies("right"))

    def test_inspect_says_which_grant_an_import_needs(self):
        (self.folder / "needs.wat").write_text("""(component
          (import "theater:simple/filesystem" (instance
            (export "read-file" (func (param "path" string) (result (result (list u8) (error string)))))))
          (import "theater:simple/environment" (instance
            (export "exists" (func (param "name" string) (result bool)))))
          (import "theater:simple/timing" (instance
            (export "now" (func (result u64))))))""")
        inspected = self.theater("inspect", "needs.wat", "--json", exit=0).lines()[0]
        self.assertEqual([(need["function"], need["grant"]) for need in inspected["grants"]],
                         [("theater:simple/filesystem/read-file", "filesystem:paths=FOLDER;read"),
                          ("theater:simple/environment/exists", "environment:vars=NAME")])


if __name__ == "__main__":
    support.main()
