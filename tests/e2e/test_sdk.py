"""The SDKs: an actor in Rust and JavaScript that calls every function, with the same answers in both; and the imports
and exports of actors that use HTTP, in C++ too."""

import hashlib
import shutil
import subprocess

import language_case
import support

# Rust may have its standard library to compile, and npm packages to fetch.
support.TIMEOUT_S = 600
ANSWERS = {
    "caller": "client without a name",
    "environment": '[("SDK_TEST", "here")]',
    "random": "5 3 36",
    "files": "b 6 [99, 97, 102, 195, 169, 255]",
    "command": r'0 "a b c\n" ""',
    "store": f"other page 16 6 10 first {hashlib.sha256(b'first').hexdigest()}",
    "children": 'actor 32 / {"heard":["born","grown"]} / born\ngrown',
    "later": "at last",
    "start": "started",
    # The tick of `start` is due while the actor waits here.
    "time": "waited",
    "heard": "channel: pong\nerror: internal\nexit: farewell\ntick: soon, called by none",
}
DICE = "package my:game; interface dice { roll: func(sides: u32) -> u32; } world actor { import dice; }"
SERVER_FUNCTIONS = {
    "theater:simple/http-framework": (
        "create-server", "get-server-info", "start-server", "stop-server", "destroy-server", "register-handler",
        "add-route", "remove-route", "add-middleware", "remove-middleware", "enable-websocket",
        "send-websocket-message", "close-websocket"),
    "theater:http-stream/server": ("open", "write", "finish", "abort"),
}
SERVER_CALLBACKS = ("handle-request", "handle-middleware", "handle-websocket-connect", "handle-websocket-message",
                    "handle-websocket-disconnect", "handle-answer")
TYPESCRIPT = "typescript@7.0.2"
GRANTS = ("filesystem:paths=probe;read;write;execute;commands=echo *", "environment:vars=SDK_TEST;list-all")


class Sdk(language_case.LanguageCase):
    def environment(self, more=None):
        return super().environment({"SDK_TEST": "here", **(more or {})})

    def imports(self, component):
        """The functions of each interface that a component imports."""
        lines = self.theater("inspect", component, exit=0).out.partition("exports:")[0].splitlines()
        found = {}
        for line in lines[lines.index("imports:") + 1:]:
            if line.startswith("    "):
                found[interface].append(line.split(":")[0].strip())
            elif line:
                interface = line.split()[0]
                found[interface] = []
        return {interface: functions for interface, functions in found.items() if functions}

    def probe(self, language):
        folder = self.make("probe", language, "probe")
        for name in ("probe.toml", "child.toml"):
            text = (language_case.SOURCES / name).read_text()
            state = "heap" if language == "js" else "explicit"
            (folder / name).write_text(text.replace("@STATE@", state))
        self.give_to_commands(folder)
        words = [word for grant in GRANTS for word in ("--grant", grant)]
        for request in ANSWERS:
            words += ["--request", request]
        run = self.theater("run", "probe/probe.toml", *words, exit=0)
        self.assertEqual(run.out, "".join(f"{answer}\n" for answer in ANSWERS.values()), str(run))
        self.assertIn("called by runtime", run.err)
        facts = self.theater("run", "probe/probe.toml", *words[:4], "--request", "runtime", "--request", "give up",
                             exit=1)
        self.assertRegex(facts.out, r"^probe \d+\.\d+\.\d+\n")
        self.assertIn("warning probe: careful", facts.err)
        self.assertIn("cancelled", facts.err)
        refused = self.theater("run", "probe/probe.toml", *words[:4], "--init", '{"heard": 7}', exit=1)
        self.assertIn("init returned an error: the state", refused.err)
        return run

    def test_rust(self):
        run = self.probe("rust")
        # A panic has no text in a trap, so the SDK logs it.
        self.assertRegex(run.err, r"error child: panicked at src/lib.rs:\d+:\d+:\\nas asked")

    def test_javascript(self):
        self.probe("js")

    def test_the_types_are_right(self):
        folder = self.make("reader", "js", "http")
        for name in ("probe.ts", "http_server.ts", "../process/runner.ts"):
            shutil.copy(language_case.SOURCES / name, folder)
        words = ["npm", "install", "--no-save", "--no-audit", "--no-fund", TYPESCRIPT]
        installed = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=support.TIMEOUT_S,
                                   check=False)
        if installed.returncode != 0 and any(sign in installed.stderr for sign in support.OFFLINE):
            self.skipTest(f"packages cannot be fetched here: {installed.stderr}")
        self.assertEqual(installed.returncode, 0, installed.stderr)
        checked = subprocess.run(["npx", "--no-install", "tsc", "--noEmit", "--strict", "--target", "es2022", "--module",
                                  "nodenext", "actor.ts", "probe.ts", "http_server.ts", "runner.ts"], cwd=folder,
                                 capture_output=True, text=True, timeout=support.TIMEOUT_S, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_http_in_rust(self):
        folder = self.make("reader", "rust", "http")
        self.assertEqual(self.imports(folder / "build" / "reader.wasm"), {
            "theater:simple/runtime": ["log"],
            "theater:simple/http-client": ["send-http"],
            "theater:http-stream/client": ["open", "pause", "resume", "cancel"],
        })

    def test_http_in_javascript(self):
        folder = self.make("reader", "js", "http")
        self.assertEqual(self.imports(folder / "build" / "reader.wasm"), {
            "theater:simple/http-client": ["send-http"],
            "theater:http-stream/client": ["open", "pause", "resume", "cancel"],
        })

    def http_server(self, language):
        """Every function and every callback of servers is in the component."""
        folder = self.make("porter", language, "http_server")
        found = self.imports(folder / "build" / "porter.wasm")
        for interface, functions in SERVER_FUNCTIONS.items():
            self.assertEqual(set(found[interface]), set(functions))
        exports = self.theater("inspect", folder / "build" / "porter.wasm", exit=0).out.partition("exports:")[2]
        for callback in SERVER_CALLBACKS:
            self.assertIn(f"    {callback}: ", exports)

    def test_http_servers_in_cpp(self):
        self.http_server("cpp")

    def test_http_servers_in_rust(self):
        self.http_server("rust")

    def test_http_servers_in_javascript(self):
        self.http_server("js")

    def test_all_headers_for_cpp_go_together(self):
        headers = [path.name for path in (support.ROOT / "sdk/cpp/include/theater").glob("*.hpp")]
        # Those of unit tests, and those that switch an actor to another form of an interface.
        others = ("testing.hpp", "levelled_log.hpp")
        lines = [f"#include <theater/{name}>\n" for name in sorted(headers) if name not in others]
        folder = self.folder / "all"
        folder.mkdir()
        (folder / "all.cpp").write_text("".join(lines) + "struct All {};\nTHEATER_ACTOR(All)\n")
        (folder / "manifest.toml").write_text('name = "all"\ncomponent = "build/all.wasm"\n')
        self.build_cpp("all")
        self.assertEqual(self.imports(folder / "build" / "all.wasm"), {"theater:simple/runtime": ["log"]})

    def own_world(self, folder):
        """An actor of a folder that calls an interface of its own is built, and imports it."""
        self.build(folder.name)
        imports = self.imports(folder / "build" / f"{folder.name}.wasm")
        self.assertEqual(imports["my:game/dice"], ["roll"])
        self.assertIn("log", imports["theater:simple/runtime"])

    def test_an_interface_of_ones_own_in_rust(self):
        folder = self.make("gambler", "rust", "http")
        with open(folder / "Cargo.toml", encoding="utf-8") as file:
            text = file.read()
        bindgen = 'wit-bindgen = { version = "=0.63.0", default-features = false, features = ["macros", "realloc"] }\n'
        (folder / "Cargo.toml").write_text(text.replace("[profile.release]", bindgen + "\n[profile.release]"))
        (folder / "src" / "lib.rs").write_text(f"""
            use theater::{{Actor, NoState, Result}};
            wit_bindgen::generate!({{ inline: "{DICE}" }});
            #[derive(Default)]
            struct Gambler;
            impl Actor for Gambler {{
                type Codec = NoState;
                fn init(&mut self, _actor_id: &str) -> Result<()> {{
                    theater::log(&my::game::dice::roll(6).to_string());
                    Ok(())
                }}
            }}
            theater::actor!(Gambler);
        """)
        self.own_world(folder)

    def test_an_interface_of_ones_own_in_javascript(self):
        folder = self.make("gambler", "js", "http")
        (folder / "wit").mkdir()
        (folder / "wit" / "world.wit").write_text(DICE)
        (folder / "actor.ts").write_text("""
            import { roll } from "my:game/dice";
            import { exportActor, log } from "theater";
            class Gambler {
              init() {
                log(String(roll(6)));
              }
            }
            export const actor = exportActor(Gambler);
        """)
        self.own_world(folder)

    def test_no_value_ends_an_actor_in_javascript(self):
        folder = self.make("odd", "js", "http")
        (folder / "actor.ts").write_text(r"""
            import { exportActor, exportMessageServerClient, getEnv, log, toText } from "theater";
            class Odd {
              handleRequest(id: string, message: Uint8Array): string {
                const text = toText(message);
                if (text === "text") throw new Error("half \ud800 a character");
                if (text === "object") throw { a: 1 };
                if (text === "type") getEnv(7 as unknown as string);
                log("half \udc00 a character");
                return "alive";
              }
            }
            export const actor = exportActor(Odd);
            export const messageServerClient = exportMessageServerClient(Odd);
        """)
        self.build("odd")
        words = [word for request in ("text", "object", "type", "log") for word in ("--request", request)]
        probe = (language_case.SOURCES / "probe.toml").read_text().partition('[[handler]]\ntype = "super')[0]
        (folder / "odd.toml").write_text(probe.replace("@STATE@", "heap").replace("probe", "odd"))
        run = self.theater("run", "odd/odd.toml", *words, exit=1)
        self.assertEqual(run.out, "alive\n", str(run))
        for text in ("half \ufffd a character\n", "[object Object]", "the name must be a text, not 7",
                     "info odd: half \ufffd a character"):
            self.assertIn(text, run.err)

    def test_builds_of_javascript_say_what_is_wrong(self):
        folder = self.make("wrong", "js", "http")
        for source, text in (
            ("export const actor = 1 +;", "Unexpected \";\""),
            ("export const messageServerClient = {};", "./actor.ts exports no `actor`: export const actor ="),
            ('import x from "theater:simple/nothing"; export const actor = x;',
             "no component of ./actor.ts: failed to resolve directory while parsing WIT for path [its world]: interface 'nothing' not found in package 'theater:simple'"),
            ('export const actor = {}; throw new Error("at the top");', "at the top"),
            ('import { nothing } from "theater"; export const actor = nothing;', "nothing"),
        ):
            (folder / "actor.ts").write_text(source)
            self.assertIn(text, self.theater("build", "wrong", exit=1).err)
        (folder / "actor.ts").write_text('import { exportActor } from "theater"; export const messages = {};'
                                         "export const actor = exportActor(class {});")
        self.assertIn("exports `messages`, which is no interface of Theater", self.theater("build", "wrong", exit=0).err)

    def test_builds_of_rust_are_the_same_bytes_in_any_folder(self):
        digests = set()
        for place in (".", "elsewhere"):
            (self.folder / place).mkdir(exist_ok=True)
            folder = self.make(f"{place}/reader", "rust", "http")
            digests.add(hashlib.sha256((folder / "build" / "reader.wasm").read_bytes()).hexdigest())
        self.assertEqual(len(digests), 1)


if __name__ == "__main__":
    support.main()
