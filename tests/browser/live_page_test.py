#!/usr/bin/env python3
"""Drives headless Chromium through the page of a run that goes on: live_page_test.py TRAIN CHROMIUM CHROMEDRIVER
[SCREENSHOTS], where SCREENSHOTS is a folder for pictures of the page."""
import base64
import contextlib
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/apps"))
from pictures_program import picture
from support.served_run import ServedRun

PATIENCE = 60  # seconds
NAME = "<script>document.title='broken'<"


class Browser:
    """A session of WebDriver, https://www.w3.org/TR/webdriver2/."""

    def __init__(self, chromium, driver, profile):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.process = subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.base = f"http://127.0.0.1:{port}"
        for _ in range(100):
            with contextlib.suppress(urllib.error.URLError):
                self.call("GET", "/status")
                break
            time.sleep(0.1)
        options = {"binary": chromium, "args": ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]}
        session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}})
        self.base += f"/session/{session['sessionId']}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(urllib.error.URLError):
            self.call("DELETE", "")
        self.process.terminate()
        self.process.wait()

    def call(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)["value"]

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def js(self, script):
        return self.call("POST", "/execute/sync", {"script": "return " + script, "args": []})

    def wait_for(self, script, what=bool):
        """The first value of the script of which `what` is true."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            value = self.js(script)
            if what(value):
                return value
            time.sleep(0.1)
        sys.exit(f"never came: {script}; the page says {self.js('document.body.innerText')!r}")

    def click(self, name):
        element = self.call("POST", "/element", {"using": "css selector", "value": "#" + name})
        self.call("POST", f"/element/{next(iter(element.values()))}/click", {})

    def emulate(self, width, height, scheme):
        for command, params in (("Emulation.setDeviceMetricsOverride",
                                 {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}),
                                ("Emulation.setEmulatedMedia",
                                 {"features": [{"name": "prefers-color-scheme", "value": scheme}]})):
            self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def screenshot(self, file):
        file.write_bytes(base64.b64decode(self.call("GET", "/screenshot")))


def look(browser, folder):
    """Nothing is wider than the page, in any size; a picture of each where a folder is given."""
    for name, width, height, scheme in (("desktop", 1200, 1000, "light"), ("dark", 1200, 1000, "dark"), ("phone", 390, 844, "light")):
        browser.emulate(width, height, scheme)
        time.sleep(0.5)
        assert browser.js("document.documentElement.scrollWidth") <= width, name
        if folder:
            browser.screenshot(folder / f"{name}.png")
    assert browser.js("getComputedStyle(document.body).colorScheme") is not None


def follow(browser, run, screenshots):
    browser.open(f"http://{run.host}:{run.port}/")
    browser.wait_for("document.getElementById('state').textContent", lambda s: s == "running")
    browser.click("pause")
    browser.wait_for("document.getElementById('said').textContent", lambda s: "token" in s)  # refused: no cookie
    browser.open(run.url)
    assert "token" not in browser.js("location.href")
    points = "(document.querySelector('[data-curve=Loss] polyline') || {points: []}).points.length"
    count = browser.wait_for(points)
    browser.wait_for(points, lambda n: n > count)
    for curve in ("Learning rate", "Accuracy", "Samples a second"):
        browser.wait_for(f"!!document.querySelector('[data-curve=\"{curve}\"] polyline')")
    browser.wait_for("[...document.querySelectorAll('#pictures img')].filter((i) => i.naturalWidth > 0).length", lambda n: n == 2)
    browser.wait_for("document.getElementById('time').max", lambda n: int(n) > 1)
    browser.js("(() => { const t = document.getElementById('time'); t.value = 0; t.oninput(); })()")
    assert browser.js("document.getElementById('step').textContent") == "50"
    browser.wait_for("document.querySelectorAll('#confusion td').length", lambda n: n == 4)
    assert NAME in browser.js("document.getElementById('confusion').innerText")
    assert browser.js("document.querySelectorAll('main script').length") == 0
    assert "broken" not in browser.js("document.title").split("on")[0]
    look(browser, screenshots)


def act(browser, run):
    state = "document.getElementById('state').textContent"
    browser.click("pause")
    browser.wait_for(state, lambda s: s == "paused")
    browser.click("resume")
    browser.wait_for(state, lambda s: s == "running")
    browser.click("stop")
    browser.click("stop")
    browser.wait_for(state, lambda s: s == "the run has ended")
    assert run.ended() == 0


def main():
    train, chromium, driver = sys.argv[1:4]
    screenshots = pathlib.Path(sys.argv[4]) if len(sys.argv) > 4 else None
    for missing, path in (("Chromium", chromium), ("chromedriver", driver)):
        if not pathlib.Path(path).exists():
            print(f"skipped: {missing} is not installed ({path})")
            sys.exit(77)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        for label, colour in ((NAME, (200, 60, 60)), ("blue", (60, 60, 200))):
            (folder / "data" / label).mkdir(parents=True)
            for i in range(40):
                (folder / "data" / label / f"{i}.png").write_bytes(picture(colour, f"{label} {i}"))
        command = [train, "--data", folder / "data", "--image-size", "8", "--batch", "8", "--hidden", "16", "--epochs", "100000",
                   "--watch", "classes", "--watch-every", "50", "--watch-steps", "2", "--out", folder / "out", "--serve", "0"]
        with ServedRun(command) as run, Browser(chromium, driver, folder / "profile") as browser:
            follow(browser, run, screenshots)
            act(browser, run)


main()
