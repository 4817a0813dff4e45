#!/usr/bin/env python3
"""Opens examples/browser in headless Chromium with a network that was just trained:
browser_test.py TRAIN EXPORT CLASSIFY CHROMIUM MODULES, where MODULES is a node_modules with onnxruntime-web.

Compares the classes that the page names with those of `classify`."""
import functools
import http.server
import json
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/apps"))
from pictures_program import CLASSES, write_pictures

PATIENCE = 120  # seconds
# Sends what the page shows to the server when it is ready, or says why it is not.
REPORT = """<script>
  const timer = setInterval(() => {
    const state = document.getElementById("state").textContent;
    if (state === "loading") return;
    clearInterval(timer);
    const lines = [...document.querySelectorAll("#answers li")].map((l) => [l.textContent, Number(l.dataset.class)]);
    fetch("/report", {method: "POST", body: JSON.stringify({state, lines})});
  }, 50);
</script></body>"""


class Page(http.server.SimpleHTTPRequestHandler):
    """The example's folder, whose page reports."""
    reports = queue.Queue()

    def do_GET(self):
        if not self.path.startswith("/index.html"):
            return super().do_GET()
        body = (ROOT / "examples/browser/index.html").read_text().replace("</body>", REPORT).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def made(folder, train, export, modules):
    """Trains a network on pictures; of each class one to try."""
    for file in (ROOT / "examples/browser").iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    (folder / "node_modules").symlink_to(modules)
    write_pictures(folder / "data", 10)
    subprocess.run([train, "--model", "cnn", "--data", folder / "data", "--image-size", "8", "--batch", "8", "--epochs", "8",
                    "--out", folder / "out", "--quiet"], check=True)
    subprocess.run([export, "--model", folder / "out/model.safetensors", "--onnx", folder / "model.onnx"], check=True,
                   stdout=subprocess.DEVNULL)
    return [f"data/{name}/003.png" for name in CLASSES]


def opened(folder, chromium, pictures):
    """What the page reports."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Page, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/index.html?" + urllib.parse.urlencode({"pictures": "|".join(pictures)})
    browser = subprocess.Popen([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
                                f"--user-data-dir={folder / 'profile'}", url],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return Page.reports.get(timeout=PATIENCE)
    except queue.Empty:
        sys.exit(f"the page said nothing for {PATIENCE} s")
    finally:
        browser.kill()
        browser.wait()
        server.shutdown()


def main():
    train, export, classify, chromium, modules = sys.argv[1:]
    for missing, path in (("Chromium", chromium), ("onnxruntime-web", f"{modules}/onnxruntime-web/dist/ort.wasm.min.js")):
        if not pathlib.Path(path).exists():
            print(f"skipped: {missing} is not installed ({path})")
            sys.exit(77)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        pictures = made(folder, train, export, pathlib.Path(modules).resolve())
        report = opened(folder, chromium, pictures)
        assert report["state"] == "ready" and len(report["lines"]) == len(pictures), report
        for picture, (text, number) in zip(pictures, reversed(report["lines"])):
            line = subprocess.run([classify, "--model", folder / "out/model.safetensors", "--json", "--top", "1", folder / picture],
                                  check=True, capture_output=True, text=True).stdout
            top = json.loads(line)["top"][0]
            assert top["class"] == number and text.startswith(f"{picture}: {top['label']} "), (line, text)
            print(text, f"(classify: {top['label']} {100 * top['probability']:.1f} %)")


main()
