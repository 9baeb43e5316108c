// The page of the guestbook: its HTML, its style and its script, as they leave the server.
#pragma once

#include <string>
#include <string_view>

inline constexpr std::string_view kPageBegin = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Guestbook</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/guestbook.css">
<h1>Guestbook</h1>
<form>
<input name="name" maxlength="40" placeholder="Your name" required>
<textarea name="text" maxlength="500" rows="3" placeholder="What you want to say" required></textarea>
<button>Sign</button> <output></output>
</form>
<ol>
)";

inline constexpr std::string_view kPageEnd = R"(</ol>
<script src="/guestbook.js"></script>
</html>
)";

inline constexpr std::string_view kStyle = R"(
body { font: 18px/1.5 Georgia, serif; max-width: 34rem; margin: 2rem auto; padding: 0 1rem;
  color: #26221c; background: #faf6ee; }
h1 { font-weight: normal; margin: 0 0 1rem; }
form { display: grid; grid-template-columns: 8rem 1fr; gap: .5rem; }
input, textarea { font: inherit; padding: .4rem .6rem; border: 1px solid #c9bfae; border-radius: 4px;
  background: #fff; grid-column: 1 / 3; }
button { font: inherit; padding: .3rem 1.2rem; border: 0; border-radius: 4px; color: #fff;
  background: #7a5230; }
output { align-self: center; color: #8a2d1c; }
ol { list-style: none; padding: 0; margin: 2rem 0; }
li { padding: .8rem 0; border-top: 1px solid #e3d9c6; }
li b { font-weight: normal; color: #7a5230; }
li p { margin: .2rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
)";

inline constexpr std::string_view kScript = R"(
const form = document.querySelector("form");
const said = document.querySelector("output");

function show({ name, text }) {
  const entry = document.createElement("li");
  entry.append(Object.assign(document.createElement("b"), { textContent: name }));
  entry.append(Object.assign(document.createElement("p"), { textContent: text }));
  document.querySelector("ol").prepend(entry);
}

function listen() {
  const socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/live`);
  socket.onmessage = ({ data }) => show(JSON.parse(data));
  // The server may have started again.
  socket.onclose = () => setTimeout(listen, 1000);
}

form.onsubmit = async (event) => {
  event.preventDefault();
  const { name, text } = Object.fromEntries(new FormData(form));
  const answer = await fetch("/api/entries", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, text }),
  });
  said.textContent = answer.ok ? "" : (await answer.json()).detail;
  if (answer.ok) form.reset();
};

listen();
)";

// A text as HTML that shows it.
inline std::string escaped(std::string_view text) {
  std::string html;
  for (char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}
