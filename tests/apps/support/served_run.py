"""A run of `train --serve` that goes on, and requests to its page."""
import http.client
import json
import re
import signal
import subprocess
import threading
import time
import urllib.parse

PATIENCE = 60  # seconds


class ServedRun:
    """Ended by the page, by itself, or at the end of the `with` block."""

    def __init__(self, command):
        self.process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines, self.errors = [], []
        while not self.lines or not self.lines[-1].startswith("page: "):
            line = self.process.stdout.readline()
            assert line, self.process.communicate()
            self.lines.append(line)
        self.url = self.lines[-1].split()[1]
        parts = urllib.parse.urlsplit(self.url)
        self.host, self.port = parts.hostname, parts.port
        self.token = urllib.parse.parse_qs(parts.query).get("token", [""])[0]
        self.threads = [threading.Thread(target=lambda f=f, to=to: to.extend(f), daemon=True)
                        for f, to in ((self.process.stdout, self.lines), (self.process.stderr, self.errors))]
        for thread in self.threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.ended()

    def ended(self):
        """The exit status."""
        status = self.process.wait(PATIENCE)
        for thread in self.threads:
            thread.join(PATIENCE)
        self.process.stdout.close()
        self.process.stderr.close()
        return status

    def request(self, path, method="GET", headers=None):
        """Status, headers and body."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def act(self, path):
        return self.request(path, "POST", {"Authorization": f"Bearer {self.token}"})[0]

    def state(self):
        return json.loads(self.request("/state")[2])

    def wait_for(self, what):
        """The first state of which `what` is true."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            state = self.state()
            if what(state):
                return state
            time.sleep(0.05)
        raise AssertionError(f"never came: {state['status']}, {len(state['steps'])} points, {len(state['pictures'])} pictures")

    def memory(self):
        """Bytes that the process holds."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return 1024 * int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])
